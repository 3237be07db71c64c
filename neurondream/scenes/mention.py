"""Put figures into words: noun phrases that agree, with more or fewer of the details."""

from typing import NamedTuple

from neurondream.scenes.chance import Draw, lean, pick
from neurondream.scenes.lexicon import ADJECTIVES, ANYONE, CHILDREN, CLOTHES, KINDS, NUMBERS, Noun
from neurondream.scenes.scene import Figure


class Mention(NamedTuple):
    """A noun phrase: its `text`, its `noun`, whether it is `plural`, whose things are its `own`."""

    text: str
    noun: Noun
    plural: bool
    own: str


_OWN = {"man": "his", "boy": "his", "woman": "her", "girl": "her"}
_NEUTRAL = (*ANYONE, *CHILDREN)


def with_article(words: str) -> str:
    """Put "a" or "an" before the words."""
    vowel = words[0] in "aeiou" and not words.startswith("uniform")
    return f"an {words}" if vowel else f"a {words}"


def mention_figure(
    draw: Draw,
    figure: Figure,
    richness: float,
    *,
    agents: tuple[Noun, ...] = (),
    determiner: str = "",
    exact: bool = False,
    another: Noun | None = None,
    dressed: bool = True,
    lone: bool = False,
) -> Mention:
    """Mention a figure.

    Args:
      draw: decides on the words.
      figure: whom or what to mention.
      richness: the chance that each detail is told.
      agents: nouns for who does the event.
      determiner: what stands in place of a number or an article, " " for neither.
      exact: whether a boy is never called a child.
      another: the noun, already said, that the figure is one more of.
      dressed: whether the clothes may be told.
      lone: whether it may be told that nobody else is there.

    Returns:
      The noun phrase.
    """
    plural = figure.count > 1
    noun, own = _noun(draw, figure, agents, exact)
    if another is not None:
        return Mention(f"another {another.singular}", another, False, own)
    name = noun.plural if plural else noun.singular
    words = _adjectives(draw, figure, richness, noun, noun in agents)
    if lone and not words:
        words.append(lean(draw, ("lone", "solitary")))
    words.append(name)
    described = " ".join(words)
    if "mass" in KINDS[figure.kind].traits:
        return Mention(described, noun, name.endswith("s"), own)
    if determiner:
        text = f"{determiner} {described}".strip()
    elif plural:
        text = _counted(draw, figure, described, name)
    else:
        text = with_article(described)
    if dressed and figure.clothes and draw() < 0.25 + 0.7 * richness:
        text = f"{text} {_dress(draw, figure)}"
    return Mention(text, noun, plural, "their" if plural else own)


def clothes_of(draw: Draw, figure: Figure, *, most: int = 2) -> str:
    """Put the clothes of a figure into words: "a red shirt and jeans"."""
    return " and ".join(
        _garment(draw, garment, colours, figure.count > 1)
        for garment, colours in figure.clothes[:most]
    )


def _noun(draw, figure, agents, exact):
    name = figure.kind
    kind = KINDS[name]
    own = _OWN.get(name, "its")
    if agents and draw() < 0.25:
        return lean(draw, agents), own
    if "person" in kind.parents and not exact:
        chance = draw()
        if name in ("boy", "girl"):
            if chance < 0.2:
                return pick(draw, CHILDREN), "their"
        elif chance < 0.1 and name != "baby":
            return ANYONE[0], "their"
    elif figure.age == "young" and kind.young and draw() < 0.8:
        return kind.young[0], own
    return lean(draw, kind.nouns), own


def _adjectives(draw, figure, richness, noun, agent):
    kind = KINDS[figure.kind]
    words = []
    if figure.size and draw() < richness:
        if "person" not in kind.parents:
            words.append(lean(draw, ADJECTIVES[figure.size].words))
        elif not agent:
            words.append("little")
    if figure.age and draw() < richness and noun not in kind.young:
        words.append(lean(draw, ADJECTIVES[figure.age].words))
    if figure.look and draw() < richness and noun not in _NEUTRAL:
        words.append(figure.look)
    if figure.colours and draw() < 0.3 + 0.6 * richness:
        words.append(_colour(draw, figure.colours, False))
    # A passenger train is not a passenger locomotive, nor a slice a cheese slice.
    fits = noun == kind.nouns[0] or "vehicle" not in kind.parents
    if figure.make and draw() < richness and fits and " of " not in noun.singular:
        words.append(figure.make)
    return words


def _colour(draw, colours, shaded):
    if len(colours) > 1:
        return " and ".join(colours)
    _, words, shades = ADJECTIVES[colours[0]]
    colour = lean(draw, words)
    if shaded and shades and draw() < 0.12:
        return f"{lean(draw, shades)} {colour}"
    return colour


def _counted(draw, figure, described, name):
    chance = draw()
    if figure.count == 2:
        start = "two" if chance < 0.82 else "a couple of" if chance < 0.94 else "a pair of"
    elif figure.count in NUMBERS and figure.count < 6:
        start = NUMBERS[figure.count]
    elif chance < 0.5:
        herds = KINDS[figure.kind].herds or ("bunch",)
        if name == "people":
            herds = ("group", "crowd")
        start = f"{with_article(lean(draw, herds))} of"
    else:
        start = "several" if chance < 0.75 else "many" if chance < 0.9 else "a bunch of"
    return f"{start} {described}"


def _dress(draw, figure):
    most = 1 if draw() < 0.4 else 2
    items = clothes_of(draw, figure, most=most)
    worn = CLOTHES[figure.clothes[0][0]].worn
    if "with" in worn and most == len(figure.clothes) == 2:
        return f"wearing {items}"
    return f"{worn[0] if len(worn) == 1 else pick(draw, worn)} {items}"


def _garment(draw, garment, colours, plural):
    noun = lean(draw, CLOTHES[garment].nouns)
    if noun.plural == "jeans" and colours not in ((), ("blue",), ("black",)):
        noun = CLOTHES[garment].nouns[0]
    words = f"{_colour(draw, colours, True)} " if colours else ""
    if plural or noun.singular == noun.plural:
        return words + noun.plural
    return with_article(words + noun.singular)
