"""A made world of captioned scenes, in which every picture coordinate is known."""

from neurondream.scenes.agreement import Pair, plant_facts
from neurondream.scenes.scene import Figure, Scene
from neurondream.scenes.truth import facts
from neurondream.scenes.world import Scenes, find_scene, generate, word_classes, words_of

__all__ = [
    "Figure",
    "Pair",
    "Scene",
    "Scenes",
    "facts",
    "find_scene",
    "generate",
    "plant_facts",
    "word_classes",
    "words_of",
]
