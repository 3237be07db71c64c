"""Who judges how fluent n-grams are: the model itself, an n-gram model of the corpus, another."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from neurondream import fluency
from neurondream.analysis.judges import JUDGES
from neurondream.base import Objective, Params
from neurondream.corpora.kneser_ney import count_texts
from neurondream.dreaming import make_score
from neurondream.errors import InputError
from neurondream.method import Method, Problem
from neurondream.model import Model, Reader, open_reader
from neurondream.models.judged import (
    EVERY,
    OWN,
    UNSEEN,
    with_judge,
    with_kneser_ney,
    with_unseen,
)
from neurondream.models.opening import open_model
from neurondream.objectives import ROUNDING
from neurondream.runs.run import Run, problem_of
from neurondream.searches.substitution import split_in_parts
from neurondream.targets import number_targets

_MASKS = ("[MASK]", "<mask>")
_BLOCK = 256  # n-grams judged at once


class Judge(NamedTuple):
    """What says how fluent n-grams are, as the model reads them."""

    name: str
    reader: Reader  # shows what the judge computes beside the model's layers
    objective: Objective  # mean log-probability of a word, in nats
    magnitude: Objective  # what the rounding of that is in proportion to
    logits: str | None  # the layer that it reads them off
    counts: Params | None = None  # of the corpus, by which it judges
    sha256: str | None = None  # of the weights of another model


def open_judge(run: Run, name: str) -> Judge:
    """Open a judge, once in a run.

    Args:
      run: whose model reads the n-grams.
      name: `model`, by its next words; `masked`, by words that it does not see; `kneser_ney`, by
        the run's corpus; the name or folder of another model of the same tokens; `auto`, the first
        of them that there is.

    Raises:
      InputError: there is no such judge here.
    """
    if name == "auto":
        name = choose_judge(run)
    if ("judge", name) not in run.programs:
        model, counts, sha256 = run.model, None, None
        if name == "model":
            reader, logits = run.reader, next_word_of(model, name)
            objective = fluency.by_next_word(logits)
        elif name == "masked":
            reader = open_reader(with_unseen(model, mask_of(model), "logits"))
            objective, logits = fluency.by_own_word(UNSEEN), UNSEEN
        elif name == "kneser_ney":
            counts = count_corpus(run)
            reader = open_reader(with_kneser_ney(model, counts, name))
            objective = fluency.by_table(f"{name}/{OWN}", f"{name}/{EVERY}")
            logits = None
        else:
            other = open_other(model, name)
            reader, sha256 = open_reader(with_judge(model, other, "judge")), other.sha256
            logits = f"judge/{next_word_of(other, name)}"
            objective = fluency.by_next_word(logits)
        magnitude = fluency.magnitude(logits or f"{name}/{OWN}")
        run.programs["judge", name] = Judge(
            name, reader, objective, magnitude, logits, counts, sha256
        )
    return run.programs["judge", name]


def judged_problem(run: Run, method: Method) -> Problem:
    """Lay out what a method needs to know of a run, and of its judge if it has one."""
    problem = problem_of(run)
    if not method.judge:
        return problem
    judge = open_judge(run, method.judge)
    return problem._replace(
        parts=split_in_parts(judge.reader.encoder, run.length),
        judged=fluency.BLOCK if fluency.in_blocks(judge.reader.readouts, judge.logits) else None,
    )


def choose_judge(run: Run) -> str:
    """Choose the first judge that there is.

    Raises:
      InputError: there is none.
    """
    judges = list_judges(run)
    if not judges:
        mask_of(run.model)  # says what there is to give
    return judges[0]


def list_judges(run: Run) -> list[str]:
    """List all judges that need nothing but the run, two where they can be, the first first."""
    causal = run.model.next_word is not None
    there = {
        "model": causal, "kneser_ney": run.corpus is not None,
        "masked": not causal and has_mask(run.model),
    }
    return [name for name, is_there in there.items() if is_there]


def judge_ngrams(run: Run, name: str, ngrams: np.ndarray) -> np.ndarray:
    """Compute the nats a word `[M]` of n-grams `[M, L]`; a mean over the contexts of a run."""
    judge = open_judge(run, name)
    return -_read_blocks(run, judge, "judging", judge.objective, ngrams, _BLOCK)


def round_nats(run: Run, name: str, ngrams: np.ndarray) -> np.ndarray:
    """Compute what the nats `[M]` of n-grams `[M, L]` and others may differ by for rounding."""
    judge = open_judge(run, name)
    # One by one: all logits of an n-gram are there at once.
    sizes = _read_blocks(run, judge, "rounding", judge.magnitude, ngrams, 1)
    return 2 * ROUNDING * sizes


def _read_blocks(run, judge, what, objective, ngrams, size):
    """Score n-grams `[M, L]` by an objective of a judge, `size` at once; `[M]`."""
    key = (what, judge.name, ngrams.shape[1])
    if key not in run.programs:
        target = jax.tree.map(lambda leaf: leaf[0], number_targets(
            ["judge"], np.zeros((1, 1), np.float32), np.zeros(1, np.float32)
        ))

        def read(params: Params, ids):
            return jax.vmap(make_score(judge.reader.encoder, params, objective, target))(ids)

        run.programs[key] = jax.jit(read)
    values = []
    for first in range(0, len(ngrams), size):
        block = np.asarray(ngrams[first : first + size], np.int32)
        filled = np.pad(block, ((0, size - len(block)), (0, 0)), mode="edge")
        scores = run.programs[key](judge.reader.prepared, jnp.asarray(filled))
        values.append(np.asarray(scores)[: len(block)])
    return np.concatenate(values) if values else np.zeros(0, np.float32)


def count_corpus(run: Run) -> Params:
    """Count the corpus as the model reads it.

    Raises:
      InputError: there is none.
    """
    if run.corpus is None:
        raise InputError("judge kneser_ney: counts the texts of a corpus; give one")
    return count_texts(
        run.corpus.texts, len(run.model.tokenizer.allowed), begin=run.model.start.before
    )


def open_other(model: Model, name: str) -> Model:
    """Open another model that judges.

    Raises:
      InputError: it is none, or reads other tokens.
    """
    try:
        other = open_model(name)
    except InputError as error:
        raise InputError(f"judge: {error}; or give {', '.join(JUDGES)}") from None
    if other.tokenizer.sha256 != model.tokenizer.sha256:
        raise InputError(f"judge {name}: reads other tokens than {model.name}; give its like")
    return other


def next_word_of(model: Model, name: str) -> str:
    """Name the layer of a model that predicts the next word.

    Raises:
      InputError: there is none.
    """
    if model.next_word is None:
        raise InputError(
            f"judge {name}: predicts no next word; give kneser_ney, and a corpus, or another"
        )
    return model.next_word


def has_mask(model: Model) -> bool:
    """Tell whether a model has learned to predict words that it does not see."""
    return "logits" in model.layers and any(m in model.tokenizer.special for m in _MASKS)


def mask_of(model: Model) -> int:
    """Find the token that hides another.

    Raises:
      InputError: the model has none, or predicts nothing in its place.
    """
    if not has_mask(model):
        raise InputError(
            "judge: the model predicts neither next nor masked words; give kneser_ney, and a corpus"
        )
    return next(model.tokenizer.special[m] for m in _MASKS if m in model.tokenizer.special)
