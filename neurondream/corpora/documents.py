"""Captions in one JSON document: COCO's, Karpathy's, BLIP's (host side)."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from neurondream.corpora.row import Row, choose_fields, make_row
from neurondream.errors import InputError
from neurondream.files import parse_once

KNOWN = (
    "COCO's (a list 'annotations'), Karpathy's (a list 'images' with 'sentences'), a list of "
    "objects with a 'caption', of texts, or texts by picture"
)


def read_document(
    path: Path, text: str, column: str | None = None
) -> Iterator[tuple[Row, int]]:
    """Read the rows of a JSON document, and how many of its bytes are read.

    Raises:
      InputError: it is no JSON, or of none of the forms that are `KNOWN`.
    """
    try:
        content = parse_once(text)
    except json.JSONDecodeError as error:
        raise InputError(f"{path}, line {error.lineno}: not JSON ({error.msg})") from None
    except ValueError as error:
        raise InputError(f"{path}: no JSON that can be read ({error})") from None
    size = path.stat().st_size
    yield from ((row, size) for row in _list_rows(path, content, column))


def _list_rows(path: Path, content: Any, column: str | None) -> Iterator[Row]:
    match content:
        case {"annotations": list(annotations)}:
            yield from _read_coco(path, annotations, content.get("images"))
        case {"images": list(images)}:
            yield from _read_karpathy(path, images)
        case [str(), *_]:
            yield from (Row((_check_text(path, n, text),)) for n, text in enumerate(content))
        case [dict(first), *_] if choose_fields(list(first), column).texts:
            for number, row in enumerate(content):
                fields = choose_fields(list(row), column) if isinstance(row, dict) else None
                if not fields or not fields.texts:
                    raise InputError(f"{path}, entry {number}: no caption in {row!r:.90}")
                yield make_row(row, fields, f"{path}, entry {number}")
        case dict() if content and all(map(_are_texts, content.values())):
            for image, texts in content.items():
                yield Row((texts,) if isinstance(texts, str) else tuple(texts), image)
        case _:
            raise InputError(f"{path}: no captions; known are {KNOWN}")


def _are_texts(value: Any) -> bool:
    return isinstance(value, str) or (
        isinstance(value, list) and all(isinstance(text, str) for text in value)
    )


def _check_text(path: Path, number: int, text: Any) -> str:
    if not isinstance(text, str):
        raise InputError(f"{path}, entry {number}: no text but {text!r:.90}")
    return text


def _read_coco(path: Path, annotations: list, images: Any) -> Iterator[Row]:
    names = {
        str(image["id"]): image["file_name"] for image in images or ()
        if isinstance(image, dict) and isinstance(image.get("file_name"), str) and "id" in image
    } if isinstance(images, list | None) else {}
    for number, annotation in enumerate(annotations):
        match annotation:
            case {"image_id": int() | str() as image, "caption": str() | None as text}:
                yield Row((text or "",), str(image), alias=names.get(str(image), ""))
            case _:
                wanted = "'image_id' beside a 'caption'"
                raise InputError(f"{path}, annotation {number}: no {wanted} in {annotation!r:.90}")


def _read_karpathy(path: Path, images: list[Mapping[str, Any]]) -> Iterator[Row]:
    for number, image in enumerate(images):
        match image:
            case {"sentences": list(sentences), "filename": str(name)}:
                texts = tuple(
                    each["raw"] for each in sentences
                    if isinstance(each, dict) and isinstance(each.get("raw"), str)
                )
                if len(texts) == len(sentences):
                    split = image.get("split")
                    yield Row(
                        texts, str(image.get("cocoid", name)),
                        split if isinstance(split, str) else None, name,
                    )
                    continue
        raise InputError(
            f"{path}, image {number}: no 'filename' beside 'sentences' with 'raw' in {image!r:.90}"
        )
