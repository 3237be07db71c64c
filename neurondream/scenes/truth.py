"""Name what is so in a scene."""

from neurondream.scenes.lexicon import KINDS, NUMBERS, SKIES
from neurondream.scenes.scene import Scene, is_alive


def facts(scene: Scene) -> set[str]:
    """Name everything that is so in a scene.

    Args:
      scene: as `find_scene` gives it.

    Returns:
      Names such as `kind:dog`, `colour:red` or `place:beach`, also of what no coordinate tells.
    """
    event, subject, thing, relation, other, spot, sky = scene
    found = {f"action:{action}" for action in event.actions}
    found.add(f"place:{spot.place}")
    if sky:
        found.add(f"{SKIES[sky].sort}:{sky}")
    for figure in (subject, thing, other):
        if figure is not None:
            _add_facts(found, figure)
    if relation == "watch":
        found.add("action:watch")
    elif relation in ("beside", "behind", "front", "under"):
        found.add(f"relation:{relation}")
    if is_solitary(scene):
        found.add("number:one")
    elif relation == "with" and subject.count == other.count == 1:
        found.add("number:two")
    return found


def is_solitary(scene: Scene) -> bool:
    """Tell whether the subject is one and no other person or animal is there."""
    others = (scene.thing, scene.other)
    return scene.subject.count == 1 and not any(figure and is_alive(figure) for figure in others)


def _add_facts(found, figure):
    kind = KINDS[figure.kind]
    found.add(f"kind:{figure.kind}")
    found.update([f"kind:{parent}" for parent in kind.parents])
    found.update([f"colour:{colour}" for colour in figure.colours])
    for garment, colours in figure.clothes:
        found.add(f"clothing:{garment}")
        found.update([f"colour:{colour}" for colour in colours])
    if figure.age:
        found.add(f"age:{figure.age}")
    if figure.size:
        found.add(f"size:{figure.size}")
    if figure.count > 1:
        found.add(f"number:{NUMBERS[figure.count]}")
