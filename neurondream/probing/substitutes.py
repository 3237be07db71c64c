"""Words to put in place of others, drawn as often as they occur (host side)."""

from collections.abc import Callable, Sequence

import numpy as np

TYPICAL, SAME_CLASS, OTHER_CLASS = 32, 16, 16  # drawn for each place


def substitute_drawer(
    texts: Sequence[np.ndarray], allowed: np.ndarray, classes: np.ndarray, seed: int
) -> Callable[[np.ndarray, int], np.ndarray]:
    """Prepare a function that draws words to put at each place of an n-gram.

    They are drawn as often as they occur: from all, from the class of the word that is there, and
    from other classes. Where there are none to draw from, the word itself stands.

    Args:
      texts: token ids of each.
      allowed: tokens that may be drawn, `bool [V]`.
      classes: number of each token's word class, -1 for none, `int [V]`.
      seed: of the draw.

    Returns:
      `(tokens [L], number that seeds the draw) -> int32 [L, C]`.
    """
    counts = np.bincount(np.concatenate(texts), minlength=len(allowed)).astype(float)
    counts[~allowed] = 0

    def draw(tokens: np.ndarray, number: int) -> np.ndarray:
        generator = np.random.default_rng([seed, number])

        def draw_from(weights: np.ndarray, size: int, word: int) -> np.ndarray:
            total = np.cumsum(np.where(np.arange(len(counts)) == word, 0, weights))
            if not total[-1]:
                return np.full(size, word)
            return np.searchsorted(total, generator.random(size) * total[-1], side="right")

        rows = []
        for word in tokens:
            known = classes[word] >= 0
            same = np.where(known & (classes == classes[word]), counts, 0)
            other = np.where(known & (classes >= 0) & (classes != classes[word]), counts, 0)
            rows.append(np.concatenate([
                draw_from(counts, TYPICAL, word),
                draw_from(same, SAME_CLASS, word),
                draw_from(other, OTHER_CLASS, word),
            ]))
        return np.array(rows, np.int32)

    return draw
