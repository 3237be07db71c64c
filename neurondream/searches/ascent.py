"""Gradient ascent on a relaxation of words, the best hard n-gram on the way being the dream."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from neurondream.base import Array, Dream, InOne, Relaxation, Score, Search
from neurondream.errors import InputError
from neurondream.searches.courses import round_course
from neurondream.searches.spelling import without_faults


class AscentState(NamedTuple):
    """What the next epoch needs."""

    theta: Any
    optimizer: Any
    epoch: Array
    stale: Array  # epochs since the best n-gram
    tokens: Array  # [L], the best hard n-gram so far
    score: Array


class AscentInfo(NamedTuple):
    """The course of an ascent, by epoch; NaN after an early stop."""

    soft: Array  # [epochs], mean activation of the soft words over the samples, as each is read
    hard: Array  # [epochs], activation of the hard words; -inf where that is no finite number
    skipped: Array  # int32, steps whose activation or gradient was no finite number


def ascent(
    relaxation: Relaxation,
    optimizer: optax.GradientTransformation,
    *,
    epochs: int,
    steps: int,
    samples: int = 1,
    contexts: int = 1,
    patience: int | None = None,
) -> Search:
    """Climb the mean score of noisy soft words (Poerner et al. 2018, section 3.3).

    Args:
      relaxation: what stands in for words.
      optimizer: of the negated score.
      epochs: at most; the hard n-gram is scored after each.
      steps: of the optimizer, in an epoch.
      samples: noise samples S a step; 1 for relaxations without noise.
      contexts: B that words are read in, of which each sample is read in one; 1 where all soft
        words are read in all that there are.
      patience: epochs without a better hard n-gram before the ascent ends; None never ends it.

    Raises:
      InputError: a setting is below 1.
    """
    for name, value in (
        ("epochs", epochs), ("steps", steps), ("samples", samples), ("contexts", contexts),
        ("patience", patience),
    ):
        if value is not None and value < 1:
            raise InputError(f"{name}={value}: an ascent takes 1 or more")

    def search(key: Array, score: Score) -> Dream:
        init_key, noise_key = jax.random.split(key)

        def negated(theta, key, step):
            # A key that is none of the samples'; these are spread over the contexts from there on.
            first = jax.random.randint(jax.random.fold_in(key, samples), (), 0, contexts)

            def read(key, context):
                words = relaxation.relax(key, theta, step)
                return score(words if contexts == 1 else InOne(words, context))

            keys = jax.random.split(key, samples)
            return -jnp.mean(jax.vmap(read)(keys, (first + jnp.arange(samples)) % contexts))

        def take_step(carry, step):
            theta, before = carry
            key = jax.random.fold_in(noise_key, step)
            value, gradient = jax.value_and_grad(negated)(theta, key, step)
            # NaN or infinity anywhere shows in the sum; such a step is not taken.
            leaves = jax.tree.leaves(gradient)
            sound = jnp.isfinite(value + sum(jnp.sum(leaf) for leaf in leaves))
            gradient = jax.tree.map(lambda leaf: jnp.where(sound, leaf, 0), gradient)
            updates, after = optimizer.update(gradient, before, theta)
            after = jax.tree.map(lambda new, old: jnp.where(sound, new, old), after, before)
            updates = jax.tree.map(lambda leaf: jnp.where(sound, leaf, 0), updates)
            return (optax.apply_updates(theta, updates), after), (-value, sound)

        def climb_epoch(carry):
            state, info = carry
            taken = state.epoch * steps + jnp.arange(steps)
            (theta, optimizer_state), (soft, sound) = jax.lax.scan(
                take_step, (state.theta, state.optimizer), taken
            )
            tokens = relaxation.harden(theta)
            hard = score(tokens)
            better = hard > state.score
            info = AscentInfo(
                info.soft.at[state.epoch].set(soft[-1]), info.hard.at[state.epoch].set(hard),
                info.skipped + jnp.sum(~sound),
            )
            state = AscentState(
                theta,
                optimizer_state,
                state.epoch + 1,
                jnp.where(better, 0, state.stale + 1),
                jnp.where(better, tokens, state.tokens),
                jnp.maximum(hard, state.score),
            )
            return state, info

        def unfinished(carry):
            state, _ = carry
            return (state.epoch < epochs) & (state.stale < patience)

        theta = relaxation.init(init_key)
        tokens = relaxation.harden(theta)
        state = AscentState(
            theta, optimizer.init(theta), jnp.int32(0), jnp.int32(0), tokens, score(tokens)
        )
        course = AscentInfo(
            jnp.full(epochs, jnp.nan), jnp.full(epochs, jnp.nan), jnp.int32(0)
        )
        if patience is None:
            begun = (state, course)
            state, course = jax.lax.fori_loop(0, epochs, lambda _, carry: climb_epoch(carry), begun)
        else:
            state, course = jax.lax.while_loop(unfinished, climb_epoch, (state, course))
        return Dream(state.tokens, state.score, course)

    return search


def describe_ascent(info: AscentInfo, points: int = 30) -> dict[str, Any]:
    """Write down the last soft activation and some epochs as `[epoch, soft, hard]`.

    Epochs that ended in no finite number are left out, how often that was stands beside; so are
    those whose n-gram is not read as itself.
    """
    finite = np.isfinite(info.soft) & np.isfinite(info.hard)
    shown = finite & without_faults(info.hard)
    passed_over = int(info.skipped) + int(np.sum(np.isneginf(info.hard)))
    told: dict[str, Any] = {"passed_over": passed_over} if passed_over else {}
    if not finite.any():
        return told
    chosen = np.linspace(0, shown.sum() - 1, min(points, shown.sum())).astype(int)
    epochs = np.flatnonzero(shown)[np.unique(chosen)]
    course = [[int(e), *round_course((info.soft[e], info.hard[e]))] for e in epochs]
    return {"soft": float(info.soft[finite][-1]), "course": course, **told}
