// The overview: how many dreams beat the corpus, methods compared, syntax, and the run.

function fillOverview() {
  byId("overview-content").append(...[
    headline(), standings(), landscape(), methodsCompared(), syntaxFound(), runFacts(),
  ].filter(Boolean));
}

function headline() {
  const cards = DATA.cards;
  if (!cards.length) return make("p", {}, "There is no neuron in this report.");
  const above = cards.filter((card) => card.standing === "above the corpus").length;
  const climbed = cards.filter((card) => card.dream.certificate?.certified).length;
  return make("dl", { class: "tiles" }, [
    ["neurons", fixed(cards.length, 0)],
    ["dreams above the corpus’ best", percent(above / cards.length)],
    ["median gain, corpus deviations", signed(median(cards.map((card) => card.gain)), 2)],
    climbed && ["certified against any one other word", percent(climbed / cards.length)],
  ].filter(Boolean).map(([name, value]) =>
    make("div", {}, make("dt", {}, name), make("dd", {}, value))));
}

function standings() {
  const layers = DATA.layers.filter((name) => DATA.cards.some((card) => card.layer === name));
  const kinds = ["above the corpus", "level with the corpus", "below the corpus"];
  const rows = layers.map((layer) => {
    const cards = DATA.cards.filter((card) => card.layer === layer);
    return [layer, fixed(cards.length, 0),
      ...kinds.map((kind) => fixed(cards.filter((card) => card.standing === kind).length, 0)),
      signed(median(cards.map((card) => card.gain)), 2)];
  });
  return rows.length ? section("Standing against the corpus",
    table("Neurons by layer and standing, and their median gain", [["Layer"], ["Neurons", true], ["Above", true],
      ["Level", true], ["Below", true], ["Gain", true]], rows)) : null;
}

function landscape() {
  if (!DATA.cards.length) return null;
  return section("Dream against corpus",
    make("p", {}, "One mark a neuron: how far its best corpus n-gram, and how far its dream, lie ",
      "above what corpus n-grams usually reach. Above the line, the dream wins. A click opens ",
      "the neuron; the ", make("a", { href: "#neurons" }, "list"), " holds the same numbers."),
    chart(DATA.charts.scatter, {
      label: "Scatter plot of all neurons, dream against the corpus’ best n-gram; the list of "
        + "neurons holds the same numbers.",
      open: (datum) => datum.neuron && open(datum.neuron),
    }));
}

function methodsCompared() {
  const rows = DATA.comparison;
  if (!rows.length) return null;
  const interval = (row) => row.method === "search" ? ""
    : `${signed(row.gain, 2)} [${signed(row.gain_low, 2)}, ${signed(row.gain_high, 2)}]`;
  return section("Methods compared",
    rows.some((row) => row.method !== "search") && chart(DATA.charts.methods, {
      caption: "Mean gain over the corpus’ best n-gram, with 95 % interval",
    }),
    table("Methods by group of neurons",
      [["Neurons"], ["Method"], ["Gain [95 %]", true], ["Beat the corpus", true],
        ["Mean activation", true], ["Lost on hardening", true], ["Seconds a neuron", true]],
      rows.map((row) => [`${row.group} (${row.neurons})`, row.method, interval(row),
        row.method === "search" ? "" : percent(row.beats, 1), fixed(row.mean, 3),
        percent(row.lost, 1), fixed(row.seconds, 2)])));
}

function syntaxFound() {
  const syntax = DATA.syntax;
  if (!syntax) return null;
  const range = (value, low, high) =>
    isNumber(value) ? `${fixed(value, 2)} [${fixed(low, 2)}, ${fixed(high, 2)}]` : "";
  const [head, ...rest] = syntax.conclusion;
  return section("Syntax",
    head && make("p", { class: "lead" }, head),
    syntax.comparisons.map((comparison, i) => {
      const [first, second] = comparison.groups;
      return make("div", { class: "columns" }, DATA.charts.syntax[i].map((spec) => chart(spec, {
        caption: `${first.title} against ${second.title}, in ${spec.usermeta.unit}, with 95 % intervals`,
      })));
    }),
    DATA.charts.planted && chart(DATA.charts.planted, {
      caption: "Planted facts that a model aware of syntax must show; the tick is chance",
      columns: [["Fact"], ["Family"], ["Share [95 %]", true], ["Chance", true], ["Pairs", true]],
      rows: syntax.facts.map((row) => [row.fact, row.family,
        range(row.value, row.low, row.high), fixed(row.chance, 2), fixed(row.pairs, 0)]),
    }),
    DATA.charts.moved && chart(DATA.charts.moved, {
      caption: "How far breaking the fact moves the state; 1 is as far as another content word does",
      columns: [["Fact"], ["Family"], ["Ratio [95 %]", true], ["Pairs", true]],
      rows: syntax.moved.map((row) => [row.fact, row.family,
        range(row.value, row.low, row.high), fixed(row.pairs, 0)]),
    }),
    rest.length ? make("details", { class: "findings" },
      make("summary", {}, "How this follows from the numbers"),
      make("ul", {}, rest.map((text) => make("li", {}, text)))) : null,
    syntax.comparisons.filter((comparison) => comparison.rows.length).map(allMeasures));
}

function allMeasures({ groups, rows }) {
  const [first, second] = groups.map((group) => group.name);
  const range = (value, low, high) =>
    isNumber(value) ? `${fixed(value, 2)} [${fixed(low, 2)}, ${fixed(high, 2)}]` : "";
  const level = (row) => `${row.level}${row.clusters ? " clusters" : ""}`;
  return make("details", { class: "findings" },
    make("summary", {}, `All measures, ${first} and ${second}, with the permutation test of their difference`),
    table("Findings, difference of the groups and its permutation test",
      [["Measure"], ["Of"], [`${first} − ${second} [95 %]`, true], [`${first} [95 %]`, true],
        [`${second} [95 %]`, true], ["Cliff’s delta", true], ["p (Holm)", true], ["Neurons", true]],
      rows.map((row) => [`${row.measure} (${row.unit})`, `${row.ngrams}, ${level(row)}`,
        range(row.difference, row.low, row.high), range(row.first, row.first_low, row.first_high),
        range(row.second, row.second_low, row.second_high), signed(row.effect, 2),
        isNumber(row.p_holm) && row.p_holm < 0.0001 ? "< .0001" : fixed(row.p_holm, 4),
        row.neurons.join(" / ")])));
}

function runFacts() {
  const facts = Object.entries(DATA.facts);
  return facts.length ? section("The run", make("dl", { class: "facts" }, facts.map(
    ([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, String(value))))))
    : null;
}
