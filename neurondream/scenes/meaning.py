"""What the coordinates of a picture mean, and the words that express each of them."""

from collections.abc import Iterable

from neurondream.scenes.lexicon import (
    ACTIONS,
    ADJECTIVES,
    ANYONE,
    CHILDREN,
    CLOTHES,
    EVENTS,
    KINDS,
    VERBS,
    Noun,
    Words,
)
from neurondream.scenes.reading import read_table

# Parts of nouns that do not tell which noun it is.
_VAGUE = {"of", "bowl", "cup", "cups", "piece", "pieces", "plate", "plates", "slice", "slices"}


def forms_of(nouns: Iterable[Noun]) -> list[str]:
    """List the words of nouns in both their forms."""
    return [word for noun in nouns for form in noun for word in form.split()]


def _mean(coordinate: str, words: Words) -> Iterable[str]:
    """Find the words that express a coordinate where its row does not give them."""
    sort, _, name = coordinate.partition(":")
    if sort == "kind":
        return _kind_words(name)
    if sort == "action":
        return _action_words(name)
    if sort == "clothing":
        return forms_of(CLOTHES[name].nouns)
    return words or ADJECTIVES[name].words


def _kind_words(name):
    nouns = []
    for kind, entry in KINDS.items():
        if name in (kind, *entry.parents):
            nouns += entry.nouns + entry.young
    words = set(forms_of(nouns))
    if name == "person":
        words.update(forms_of(ANYONE + CHILDREN))
        agents = [noun for event in EVENTS if "man" in event.subjects for noun in event.agents]
        words.update(form.split()[-1] for noun in agents for form in noun)
    return words - _VAGUE


def _action_words(name):
    words = set(ACTIONS[name].doers)
    for verb in ACTIONS[name].verbs:
        forms = VERBS[verb]
        words.update([verb] if forms.is_state else filter(None, forms))
    return words


MEANINGS = {
    name: frozenset(_mean(name, words))
    for name, words in read_table("meanings", lambda words: words).items()
}
