"""A made world, made once for all tests."""

import re
from functools import cache

from neurondream.scenes import facts, find_scene, generate

SCENES = 4000
TOKEN = re.compile(r"[a-z0-9']+|[^\sa-z0-9']")


@cache
def world():
    return generate(1, SCENES)


@cache
def tokens():
    return [TOKEN.findall(text.lower()) for text in world().texts]


@cache
def scenes():
    return [find_scene(1, index) for index in range(SCENES)]


@cache
def truths():
    return [facts(scene) for scene in scenes()]


def meanings():
    return [name for name in world().names if not name.startswith("nuisance:")]


def column(name):
    return world().features[:, world().names.index(name)]


def find_texts(pattern):
    return [text for text in world().texts if re.search(pattern, text.lower())]
