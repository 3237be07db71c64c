"""The forms of the verbs: base, third person, present participle and, where said, passive."""

from typing import NamedTuple


class Verb(NamedTuple):
    """One verb: `run`, `runs`, `running`, and `thrown` for a verb that is said in the passive."""

    base: str
    third: str
    participle: str
    passive: str


_FORMS = """
run runs running | jog jogs jogging | sprint sprints sprinting | race races racing
gallop gallops galloping | trot trots trotting
walk walks walking walked | stroll strolls strolling | wander wanders wandering
roam roams roaming | hike hikes hiking | lead leads leading led
jump jumps jumping | leap leaps leaping | dive dives diving
sit sits sitting | relax relaxes relaxing | rest rests resting
stand stands standing | wait waits waiting | pose poses posing
lie lies lying | sleep sleeps sleeping | nap naps napping | sunbathe sunbathes sunbathing
ride rides riding ridden | pedal pedals pedaling | skate skates skating
throw throws throwing thrown | toss tosses tossing tossed | pitch pitches pitching pitched
catch catches catching caught | grab grabs grabbing grabbed | reach reaches reaching
kick kicks kicking kicked | hit hits hitting hit | swing swings swinging
dribble dribbles dribbling dribbled | shoot shoots shooting
eat eats eating eaten | enjoy enjoys enjoying enjoyed | share shares sharing shared
graze grazes grazing | feed feeds feeding
drink drinks drinking | sip sips sipping
play plays playing played | strum strums strumming strummed | beat beats beating
sing sings singing | perform performs performing
read reads reading read | study studies studying studied
swim swims swimming | paddle paddles paddling | float floats floating | splash splashes splashing
wade wades wading | bathe bathes bathing
climb climbs climbing climbed | scale scales scaling scaled
cook cooks cooking | prepare prepares preparing prepared | make makes making made
stir stirs stirring | chop chops chopping | bake bakes baking baked
dance dances dancing | twirl twirls twirling
surf surfs surfing | ski skis skiing | snowboard snowboards snowboarding
slide slides sliding | sled sleds sledding
fly flies flying flown | soar soars soaring | glide glides gliding | land lands landing
talk talks talking | chat chats chatting | speak speaks speaking | have has having
use uses using used | work works working | type types typing
hold holds holding held | carry carries carrying carried
watch watches watching watched | look looks looking | stare stares staring
gaze gazes gazing | observe observes observing observed
photograph photographs photographing photographed | take takes taking
drive drives driving | travel travels traveling | speed speeds speeding | turn turns turning
move moves moving | roll rolls rolling | sail sails sailing | drift drifts drifting
cruise cruises cruising | go goes going
smile smiles smiling | laugh laughs laughing | grin grins grinning
chase chases chasing chased
shop shops shopping | buy buys buying bought | sell sells selling sold
crawl crawls crawling | build builds building built | pull pulls pulling pulled
push pushes pushing pushed | pet pets petting petted | hug hugs hugging hugged
wash washes washing washed | clean cleans cleaning cleaned | dig digs digging | stick sticks sticking
do does doing | give gives giving | wear wears wearing | try tries trying
"""

VERBS = {
    forms[0]: Verb(*forms, *[""] * (4 - len(forms)))
    for line in _FORMS.strip().splitlines()
    for forms in [verb.split() for verb in line.split("|")]
}
# What something is, not does: "a car parked on the street", "a man seated on a bench".
STATES = ("parked", "docked", "seated", "perched", "asleep", "placed", "displayed", "stopped")
VERBS |= {state: Verb(f"are {state}", f"is {state}", state, "") for state in STATES}
