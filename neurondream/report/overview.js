// The overview: striking dreams, how many beat the corpus, methods compared, syntax, and the run.

const MANY_ROWS = 12; // longer tables are folded away

function fillOverview() {
  byId("overview-content").append(...[
    striking(), headline(), glossary(), standings(), landscape(), methodsCompared(), syntaxFound(),
    runFacts(),
  ].filter(Boolean));
}

function headline() {
  const cards = DATA.rows;
  if (!cards.length) return make("p", {}, "There is no neuron in this report.");
  const above = cards.filter((card) => card.standing === "above the corpus").length;
  const read = cards.filter(({ beyond }) => beyond !== undefined);
  const known = cards.filter(({ named }) => named !== undefined);
  const climbed = cards.filter(({ certified }) => certified).length;
  const states = ["saturated", "dead"].map((name) =>
    [term(name), cards.filter(({ state }) => state === name).length]);
  return make("dl", { class: "tiles" }, [
    ["neurons", fixed(cards.length, 0)],
    ["dreams above the corpus’ best", percent(above / cards.length)],
    [["median ", term("gain"), ", corpus ", term("deviations")], signed(median(cards.map((card) => card.gain)), 2)],
    read.length && ["dreams above every word of every text", percent(
      read.filter(({ beyond }) => beyond).length / read.length)],
    known.length && [`dreams that name first what is meant (${known.length} known)`,
      percent(known.filter(({ named }) => named).length / known.length)],
    climbed && [[term("certified"), ` against any one other ${DATA.piece}`],
      percent(climbed / cards.length)],
    ...states.filter(([, count]) => count).map(([name, count]) => [name, fixed(count, 0)]),
  ].filter(Boolean).map(([name, value]) =>
    make("div", {}, make("dt", {}, name), make("dd", {}, value))));
}

// By layer; where there are many, by family, with the layers folded away.
function standings() {
  if (!DATA.rows.length) return null;
  const names = (things) => things.map(({ name }) => name);
  const layers = standingsBy("layer", names(DATA.layers), (name) => name);
  const content = DATA.layers.length <= MANY_ROWS ? layers : [
    standingsBy("family", names(DATA.families), nameFamily),
    make("details", { class: "findings" }, make("summary", {}, "Layer by layer"), layers)];
  return section("Standing against the corpus", content);
}

function standingsBy(key, names, title) {
  const kinds = ["above the corpus", "level with the corpus", "below the corpus"];
  const rows = names.map((name) => {
    const cards = DATA.rows.filter((card) => card[key] === name);
    return cards.length && [key === "layer" ? term(`layer:${name}`, name) : title(name), fixed(cards.length, 0),
      ...kinds.map((kind) => fixed(cards.filter((card) => card.standing === kind).length, 0)),
      signed(median(cards.map((card) => card.gain)), 2)];
  });
  return table(`Neurons by ${key} and standing, and their median gain`, [[begin(key)],
    ["Neurons", true], ["Above", true], ["Level", true], ["Below", true], [term("gain", "Gain"), true]],
  rows.filter(Boolean));
}

function landscape() {
  if (!DATA.rows.length) return null;
  const dots = DATA.rows.filter(({ gain, height, corpus }) => [gain, height, corpus].every(isNumber))
    .map(({ neuron, label, layer, family, dream, height, corpus }) =>
      ({ neuron, label, layer, family: nameFamily(family), words: dream, dream: height, corpus }));
  return section("Dream against corpus",
    make("p", {}, "One mark a neuron: how far its best corpus n-gram, and how far its dream, lie ",
      "above what corpus n-grams usually reach. Above the line, the dream wins. A click opens ",
      "the neuron; the ", make("a", { href: "#neurons" }, "list"), " holds the same numbers."),
    chart(DATA.charts.scatter, {
      label: "Scatter plot of all neurons, dream against the corpus’ best n-gram; the list of "
        + "neurons holds the same numbers.",
      data: { dots },
      open: (datum) => datum.neuron && open(datum.neuron),
    }));
}

function methodsCompared() {
  const rows = DATA.comparison;
  if (!rows.length) return null;
  const interval = (row) => row.method === "search" ? ""
    : `${signed(row.gain, 2)} [${signed(row.gain_low, 2)}, ${signed(row.gain_high, 2)}]`;
  const numbers = table("Methods by group of neurons",
      [["Neurons"], ["Method"], [[term("gain", "Gain"), " [95 %]"], true], ["Beat the corpus", true],
        ["Mean activation", true], [["Lost on ", term("hardening")], true], ["Seconds a neuron", true]],
      rows.map((row) => [`${row.group} (${row.neurons})`, term(`method:${row.method}`, row.method), interval(row),
        row.method === "search" ? "" : percent(row.beats, 1), fixed(row.mean, 3),
        percent(row.lost, 1), fixed(row.seconds, 2)]));
  return section("Methods compared", DATA.charts.methods.map(captioned),
    make("details", { class: "findings" }, make("summary", {}, "Numbers"), numbers));
}

// A chart that brings its caption.
function captioned(spec) {
  return chart(spec, { caption: spec.usermeta.caption });
}

function syntaxFound() {
  const syntax = DATA.syntax;
  if (!syntax) return section("Syntax", DATA.note && make("p", { class: "note" }, DATA.note));
  const { comparisons } = syntax;
  const heads = comparisons.length ? comparisons.map(({ conclusion }) => conclusion[0])
    : syntax.conclusion.slice(0, 1);
  const rest = syntax.conclusion.filter((text) => !heads.includes(text));
  return section("Syntax",
    heads.map((head, i) => [
      comparisons.length > 1
        && make("h3", {}, comparisons[i].groups.map(({ title }) => title).join(" against ")),
      make("p", { class: "lead" }, head),
      comparisons.length > 0 && make("div", { class: "columns" },
        DATA.charts.syntax[i].map(captioned))]),
    DATA.charts.planted && chart(DATA.charts.planted, {
      caption: "Planted facts that a model aware of syntax must show; the tick is chance",
      columns: [["Fact"], ["Family"], ["Share [95 %]", true], ["Chance", true], ["Pairs", true]],
      rows: syntax.facts.map((row) => [row.fact, nameFamily(row.family),
        range(row.value, row.low, row.high), fixed(row.chance, 2), fixed(row.pairs, 0)]),
    }),
    DATA.charts.moved && chart(DATA.charts.moved, {
      caption: "How far breaking the fact moves the state; 1 is as far as another content word does",
      columns: [["Fact"], ["Family"], ["Ratio [95 %]", true], ["Pairs", true]],
      rows: syntax.moved.map((row) => [row.fact, nameFamily(row.family),
        range(row.value, row.low, row.high), fixed(row.pairs, 0)]),
    }),
    rest.length ? make("details", { class: "findings" },
      make("summary", {}, "How this follows from the numbers"),
      make("ul", {}, rest.map((text) => make("li", {}, text)))) : null,
    comparisons.filter(({ rows }) => rows.length).map(allMeasures));
}

function range(value, low, high) {
  return isNumber(value) ? `${fixed(value, 2)} [${fixed(low, 2)}, ${fixed(high, 2)}]` : "";
}

function allMeasures({ groups, rows }) {
  const [first, second] = groups.map((group) => group.name);
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

// The hashes and versions, which only a machine compares, are folded away.
function runFacts() {
  const facts = Object.entries(DATA.facts);
  const list = (some) => make("dl", { class: "facts" }, some.map(([name, value]) =>
    make("div", {}, make("dt", {}, name), make("dd", {}, String(value)))));
  const folds = ([name]) => /\(SHA-256\)$|^version of /.test(name);
  const more = facts.filter(folds);
  return facts.length ? section("The run", list(facts.filter((fact) => !folds(fact))),
    more.length ? make("details", { class: "findings" }, make("summary", {}, "Hashes and versions"),
      list(more)) : null) : null;
}
