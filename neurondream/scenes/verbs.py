"""The forms of the verbs: base, third person, present participle and, where said, passive."""

from typing import NamedTuple


class Verb(NamedTuple):
    """One verb: `run`, `runs`, `running`, and `thrown` for a verb that is said in the passive."""

    base: str
    third: str
    participle: str
    passive: str


_FORMS = """
run runs running | jog jogs jogging | race races racing | gallop gallops galloping
walk walks walking walked | stroll strolls strolling | wander wanders wandering
hike hikes hiking | jump jumps jumping | leap leaps leaping | dive dives diving
sit sits sitting | relax relaxes relaxing | rest rests resting | stand stands standing
wait waits waiting | pose poses posing | lie lies lying | sleep sleeps sleeping
ride rides riding ridden | throw throws throwing thrown | toss tosses tossing tossed
catch catches catching caught | reach reaches reaching | kick kicks kicking kicked
hit hits hitting hit | swing swings swinging | eat eats eating eaten
enjoy enjoys enjoying enjoyed | share shares sharing shared | graze grazes grazing
feed feeds feeding | drink drinks drinking | play plays playing played
strum strums strumming strummed | sing sings singing | perform performs performing
read reads reading read | swim swims swimming | float floats floating
splash splashes splashing | climb climbs climbing | cook cooks cooking | make makes making made
stir stirs stirring | bake bakes baking baked | dance dances dancing | twirl twirls twirling
surf surfs surfing | ski skis skiing | snowboard snowboards snowboarding
fly flies flying flown | soar soars soaring | talk talks talking | chat chats chatting
have has having | use uses using used | work works working | hold holds holding held
carry carries carrying carried | watch watches watching watched | look looks looking
stare stares staring | drive drives driving | travel travels traveling | speed speeds speeding
move moves moving | sail sails sailing | smile smiles smiling | laugh laughs laughing
chase chases chasing chased | shop shops shopping | buy buys buying bought
sell sells selling sold | build builds building built | dig digs digging | do does doing
"""

VERBS = {
    forms[0]: Verb(*forms, *[""] * (4 - len(forms)))
    for line in _FORMS.strip().splitlines()
    for forms in [verb.split() for verb in line.split("|")]
}
# What something is, not does: "a car parked on the street", "a man seated on a bench".
STATES = ("parked", "docked", "seated", "perched", "asleep", "placed", "displayed", "stopped")
VERBS |= {state: Verb(f"are {state}", f"is {state}", state, "") for state in STATES}
