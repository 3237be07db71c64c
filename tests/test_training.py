"""Learning against plain numpy: losses, their masks, and what a step changes."""

import functools
from types import SimpleNamespace

import chex
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from neurondream.corpora.pictures import Pictures
from neurondream.encoders.precision import bfloat16_matmul
from neurondream.errors import InputError
from neurondream.models.vocabulary import BEGIN, END, PADDING
from neurondream.training.data import Split, standardize
from neurondream.training.epochs import finish_epoch
from neurondream.training.evaluation import compile_evaluator, evaluate_split, rank_pictures
from neurondream.training.losses import contrastive_losses, drop_out, imaginet_loss
from neurondream.training.steps import init_training, make_optimizer, train_step

KEY = jax.random.key(5)


@pytest.fixture(scope="module")
def evaluate(toy):
    return functools.partial(compile_evaluator(toy.encoder), toy.params)


def lay_out(captions, length=8):
    tokens = np.full((len(captions), length + 1), PADDING, np.int32)
    for line, caption in enumerate(captions):
        tokens[line, : len(caption) + 2] = [BEGIN, *caption, END]
    return tokens


CAPTIONS = [[4, 5, 6], [10, 7, 5, 6, 9, 4], [8], [11, 11, 4, 7]]
TOKENS = lay_out(CAPTIONS)
PICTURES = np.random.default_rng(0).normal(size=(4, 5)).astype(np.float32)


@pytest.fixture(scope="module")
def with_alpha(toy):
    return functools.cache(lambda alpha: stepper(toy, alpha=alpha))


def stepper(toy, optimizer=None, **settings):
    optimizer = optimizer or optax.adam(1e-2)
    loss = imaginet_loss(toy.encoder, **{"alpha": 0.1, **settings})
    step = functools.partial(train_step, loss, optimizer)
    return init_training(toy.params, optimizer), jax.jit(step)


def parts(params, prefix):
    return jax.tree.leaves({name: p for name, p in params.items() if name.startswith(prefix)})


def same(before, after):
    return [np.array_equal(a, b) for a, b in zip(before, after, strict=True)]


def encode(toy, sentence):
    return jax.tree.map(
        lambda layer: np.asarray(layer, np.float64),
        toy.encoder.encode(toy.params, toy.encoder.embed(toy.params, jnp.array(sentence))),
    )


@pytest.fixture(scope="module")
def plain_losses(toy):
    """Next-word losses and hits, picture predictions, caption by caption without padding."""
    losses, hits, predicted = [], 0, []
    for caption in CAPTIONS:
        layers = encode(toy, [BEGIN, *caption])
        logits = layers["T.output"]
        log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        following = np.array([*caption, END])
        losses += (-log_p[np.arange(len(following)), following]).tolist()
        hits += int((logits.argmax(axis=1) == following).sum())
        predicted.append(layers["I.output"][-1])
    return np.array(losses), hits, np.array(predicted)


def test_evaluation_is_the_plain_loss(evaluate, plain_losses):
    losses, hits, predicted = plain_losses
    found = evaluate(TOKENS)
    np.testing.assert_allclose(found[0], losses.sum(), rtol=1e-4)
    assert (int(found[1]), int(found[2])) == (hits, len(losses))
    np.testing.assert_allclose(found[3], predicted, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("length, lines", [(12, 0), (8, 3), (16, 2)])
def test_padding_does_not_change_an_evaluation(evaluate, length, lines):
    plain = evaluate(TOKENS)
    more = np.concatenate([lay_out(CAPTIONS, length), np.zeros((lines, length + 1), np.int32)])
    found = evaluate(more)
    np.testing.assert_allclose(found[0], plain[0], rtol=1e-5)
    assert (int(found[1]), int(found[2])) == (int(plain[1]), int(plain[2]))
    np.testing.assert_allclose(found[3][:4], plain[3], rtol=1e-5, atol=1e-5)


def test_a_full_caption_is_read_to_its_last_word(toy, evaluate):
    # Cut captions have no <end>; the last input is then the last word but one.
    cut = TOKENS[1:2, :6]
    found = evaluate(cut)[3][0]
    expected = encode(toy, cut[0, :-1])["I.output"][-1]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("alpha", [0.0, 0.1, 1.0])
def test_losses_of_a_step(with_alpha, plain_losses, alpha):
    losses, _, predicted = plain_losses
    cosine = np.sum(predicted * PICTURES, axis=1) / (
        np.linalg.norm(predicted, axis=1) * np.linalg.norm(PICTURES, axis=1)
    )
    state, step = with_alpha(alpha)
    state, info = step(state, KEY, TOKENS, PICTURES)
    assert int(state.step) == 1
    assert ("T" in info) == (alpha > 0)
    if alpha > 0:
        np.testing.assert_allclose(info["T"], losses.mean(), rtol=1e-4)
    np.testing.assert_allclose(info["I"], np.mean(1 - cosine), rtol=1e-3)


def test_steps_without_pictures_leave_the_visual_pathway_alone(toy, with_alpha):
    state, step = with_alpha(0.1)
    after, info = step(state, KEY, TOKENS, None)
    assert set(info) == {"T"}
    assert all(same(parts(toy.params, "I_"), parts(after.params, "I_")))
    assert not any(same(parts(toy.params, "T_"), parts(after.params, "T_")))
    assert not any(same(parts(toy.params, "embedding"), parts(after.params, "embedding")))


def test_alpha_0_and_1_train_one_pathway(toy, with_alpha):
    for alpha, trained, left in ((0.0, "I_", "T_"), (1.0, "T_", "I_")):
        state, step = with_alpha(alpha)
        after, _ = step(state, KEY, TOKENS, PICTURES)
        assert all(same(parts(toy.params, left), parts(after.params, left)))
        assert not any(same(parts(toy.params, trained), parts(after.params, trained)))


def test_padding_does_not_change_a_step(toy):
    # Adam's first step is only a sign; plain descent shows the gradient itself.
    state, step = stepper(toy, optax.sgd(1.0), alpha=0.3)
    plain, _ = step(state, KEY, TOKENS, PICTURES)
    more = np.concatenate([lay_out(CAPTIONS, 12), np.zeros((3, 13), np.int32)])
    padded, _ = step(state, KEY, more, np.pad(PICTURES, ((0, 3), (0, 0))))
    for a, b in zip(
        jax.tree.leaves(plain.params), jax.tree.leaves(padded.params), strict=True
    ):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("matmul", [jnp.matmul, bfloat16_matmul])
def test_losses_fall(toy, matmul):
    state, step = stepper(toy, optax.adam(3e-2), alpha=0.5, matmul=matmul)
    _, first = step(state, KEY, TOKENS, PICTURES)
    for _ in range(80):
        state, info = step(state, KEY, TOKENS, PICTURES)
    assert info["T"] < 0.5 * first["T"]
    assert info["I"] < 0.5 * first["I"]


def test_dropout_is_seeded_by_key_and_step(toy):
    state, step = stepper(toy, dropout=0.5)
    _, one = step(state, KEY, TOKENS, PICTURES)
    _, again = step(state, KEY, TOKENS, PICTURES)
    _, later = step(state._replace(step=jnp.int32(1)), KEY, TOKENS, PICTURES)
    _, other = step(state, jax.random.key(6), TOKENS, PICTURES)
    assert float(one["T"]) == float(again["T"])
    assert len({float(info["T"]) for info in (one, later, other)}) == 3


def test_each_shape_is_traced_once(toy):
    chex.clear_trace_counter()
    optimizer = optax.sgd(1e-2)
    loss = chex.assert_max_traces(imaginet_loss(toy.encoder, alpha=0.1), n=2)
    step = jax.jit(functools.partial(train_step, loss, optimizer))
    state = init_training(toy.params, optimizer)
    for tokens in (TOKENS, TOKENS, lay_out(CAPTIONS, 12), TOKENS + 0):
        state, _ = step(state, KEY, tokens, PICTURES)
    assert int(state.step) == 4


@pytest.mark.parametrize(
    "tokens, pictures",
    [(TOKENS, PICTURES[:3]), (TOKENS, PICTURES[:, :4]), (TOKENS[0], PICTURES),
     (TOKENS.astype(float), PICTURES)],
)
def test_batches_that_do_not_fit_are_refused(with_alpha, tokens, pictures):
    state, step = with_alpha(0.1)
    with pytest.raises(AssertionError):
        step(state, KEY, tokens, pictures)


@pytest.mark.parametrize("steps", [1, 5, 50])
def test_the_learning_rate_rises_and_falls_to_0(steps):
    optimizer = make_optimizer(0.1, steps)
    state = optimizer.init(jnp.float32(1.0))
    sizes = []
    for _ in range(steps + 1):
        update, state = optimizer.update(jnp.float32(0.5), state)
        sizes.append(abs(float(update)))
    # Adam moves by the rate itself under a steady gradient.
    assert sizes[0] == 0 and max(sizes) == pytest.approx(0.1, abs=1e-5)
    assert np.argmax(sizes) == max(1, steps // 10)
    if steps > 1:
        assert sizes[-1] < 1e-6


def test_dropout_keeps_the_mean():
    x = jnp.ones((200, 200))
    np.testing.assert_array_equal(drop_out(KEY, x, 0), x)
    dropped = np.asarray(drop_out(KEY, x, 0.3))
    assert set(np.unique(dropped.round(4))) == {np.float32(0), np.float32(1.4286)}
    assert abs((dropped == 0).mean() - 0.3) < 0.01
    assert abs(dropped.mean() - 1) < 0.02


@pytest.mark.parametrize("seed", range(4))
def test_ranks_are_those_of_a_plain_sort(seed):
    rng = np.random.default_rng(seed)
    predicted, truth = rng.normal(size=(9, 5)), 4 * rng.normal(size=(7, 5))
    rows = rng.integers(0, 7, 9)
    ranks = rank_pictures(jnp.float32(predicted), jnp.float32(truth), jnp.int32(rows))
    for caption in range(9):
        cosine = truth @ predicted[caption] / np.linalg.norm(truth, axis=1)
        order = np.argsort(-cosine).tolist()
        assert int(ranks[caption]) == order.index(rows[caption]) + 1
    best = rank_pictures(jnp.float32(truth), jnp.float32(truth), jnp.arange(7))
    assert best.tolist() == [1] * 7


def test_standardized_pictures_have_mean_0_and_deviation_1():
    features = 3 + 2 * PICTURES
    pictures = Pictures(np.array(list("abcd")), features, tuple("vwxyz"))
    found = standardize(pictures, features.mean(axis=0), features.std(axis=0))
    assert (found.ids == pictures.ids).all() and found.names == pictures.names
    found = found.features
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(found.std(axis=0), 1, rtol=1e-4)


def test_contrastive_losses_against_a_loop():
    generator = np.random.default_rng(4)
    pictures = generator.normal(size=(5, 3)).astype(np.float32)
    pictures[3] = pictures[1]  # two captions of one picture
    pictures[4] = 0  # a padding caption
    predicted = generator.normal(size=(5, 3)).astype(np.float32)
    cosine = lambda a, b: a @ b / np.linalg.norm(a) / np.linalg.norm(b)  # noqa: E731
    expected = []
    for i in range(4):
        others = [j for j in range(4) if j == i or not np.array_equal(pictures[i], pictures[j])]
        weights = [np.exp(cosine(predicted[i], pictures[j]) / 0.1) for j in others]
        expected.append(-np.log(weights[others.index(i)] / sum(weights)))
    losses = contrastive_losses(predicted, pictures)
    np.testing.assert_allclose(losses[:4], expected, rtol=1e-4, atol=1e-5)


def test_an_infinite_perplexity_is_a_training_that_has_diverged():
    """Weights that overflow need not be NaN: a loss of a million nats is a finite number."""

    def diverged(params, tokens):
        return 1e6, 0.0, 1.0, np.zeros((len(tokens), 1))

    split = Split([np.array([4, END])], np.array([-1]))
    metrics = evaluate_split(diverged, {}, split, None)
    assert metrics["next_word_loss"] == 1e6 and metrics["perplexity"] == np.inf
    settings = SimpleNamespace(alpha=1.0, learning_rate=1e30)
    data = SimpleNamespace(validation=split, pictures=None)
    reached = SimpleNamespace(state=SimpleNamespace(params={}), epoch=0, history=[])
    with pytest.raises(InputError, match=r"learning_rate=1e[+]30: .* lower rate"):
        finish_epoch(settings, data, SimpleNamespace(evaluator=diverged), reached)
