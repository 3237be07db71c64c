"""A run whose every name tries to break out of the page."""


from reports import make_card, make_findings, make_layers, make_manifest, make_row, with_front

HOSTILE = (
    "<img src=x onerror=\"document.broken=1\">",
    "</script><script>document.broken=1</script>",
    "'\"&amp;<!--",
    "\u2028${document.broken=1}",
    "datum['x']\\",
)
LAYERS = make_layers(
    ("T.hidden", "T", "hidden"), ("T.output", "T", "output"), ("I.hidden", "I", "hidden"),
    (HOSTILE[0], "I", "output"), titles={"T": "language", "I": HOSTILE[2]},
)
MANIFEST = make_manifest(LAYERS, HOSTILE[1])
KITTEN = f"{HOSTILE[0]}:kitten"
CARDS = [
    with_front(make_card(
        LAYERS, "T.output", 17, ["furry", "brown", "hot", "small", "sleepy"], 1.5, label="dog")),
    make_card(LAYERS, "T.hidden", 2, ["two", "cats", "that", "are", "two"], 0.0),
    make_card(LAYERS, "T.hidden", 10, ["cats", "cats", "cats", "on", "cats"], 0.25),
    make_card(LAYERS, HOSTILE[0], 4, ["cat", "cat", "kitten", "paw", "cat"], 4.0, label="kitten"),
    make_card(LAYERS, "I.hidden", 3, ["sea", "sea", "boat", "sea", "sea"], -0.5, sign="-"),
    with_front(make_card(LAYERS, "T.output", 9, ["one", "hundred", "per", "cent", "of"], 0.75,
                         label="100%"), windows=False),
    with_front(make_card(
        LAYERS, "I.hidden", 5, HOSTILE, 2.0, best=" ".join(HOSTILE), label=HOSTILE[1])),
]
# All that a card may lack, and a neuron that the corpus leaves unmoved.
BARE = make_card(LAYERS, "I.hidden", 7, ["lonely"], 0.0) | dict.fromkeys(
    ("words", "corpus_words", "order", "context", "negative", "found", "agreement", "ratio")
) | {"faces": [], "texts": [], "methods": [], "verdict": [], "warnings": [],
     "natural": None, "gain": None, "corpus": {
         "mean": 0.0, "deviation": 0.0, "quantiles": {}, "best": [], "total": 0}}
BARE["dream"] = BARE["dream"] | {"certificate": None}
SYNTAX = make_findings(
    [card["neuron"] for card in (*CARDS, BARE)], LAYERS["families"],
    [{
        "groups": [{"name": "T", "title": "T, language"}, {"name": "I", "title": HOSTILE[2]}],
        "conclusion": ["T minds the order of words.", HOSTILE[3]],
        "rows": [
            make_row(measure, unit, level)
            for measure, unit in (("order", "deviations"), (HOSTILE[1], HOSTILE[0]))
            for level in ("hidden", "output")
        ],
    }],
    [{"fact": "verb agrees", "family": family, "value": 0.75, "low": 0.5, "high": 1.0,
      "chance": 0.5, "pairs": 40} for family in "TI"],
    [{"fact": "verb agrees", "family": family, "value": 2.5, "low": 2.0, "high": 3.0,
      "pairs": 40} for family in "TI"],
)
