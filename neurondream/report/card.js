// The card of one neuron.

function linkTo(name) {
  return `#neuron=${encodeURIComponent(name).replaceAll("%3A", ":")}`;
}

function showCard(name) {
  const view = byId("view-neuron");
  forgetCharts(view);
  const named = ({ card }) => card.neuron === name || card.label === name;
  const at = listed.findIndex(named);
  const entry = at < 0 ? entries.find(named) : listed[at];
  view.replaceChildren(paths(at), ...(entry ? cardParts(entry.card) : [
    make("h1", { tabindex: "-1" }, "No such neuron"),
    make("p", { role: "alert" }, `No neuron of this report is named “${name}”.`),
    make("p", {}, make("a", { href: "#neurons" }, "Look for it in the list")),
  ]));
}

// The way back, and to the neighbours in the list as it is searched and sorted.
function paths(at) {
  const neighbour = (entry, text, key) => entry
    && make("a", { href: linkTo(entry.card.neuron), rel: key }, text);
  return make("nav", { class: "paths", "aria-label": "Neurons" },
    make("a", { href: "#neurons" }, "All neurons"),
    at >= 0 && [neighbour(listed[at - 1], "← previous", "prev"),
      neighbour(listed[at + 1], "next →", "next")]);
}

function cardParts(card) {
  const [head, ...rest] = card.verdict || [];
  return [
    make("h1", { tabindex: "-1" }, card.label),
    whereabouts(card),
    make("p", { class: "standing" }, make("span", { "aria-hidden": "true" },
      SYMBOLS[card.standing]), ` ${card.standing}`),
    head && make("p", { class: "lead" }, head),
    rest.length ? make("ul", { class: "verdict" }, rest.map((text) => make("li", {}, text))) : null,
    tiles(card),
    section("Dream and corpus", shadedPair(card), naturalMaximum(card), ngramTables(card)),
    section(`${begin(pieceName(card.dream.ngram))} by ${pieceName(card.dream.ngram)}`,
      afterEachWord(card)),
    frontOfCard(card),
    workOfWords(card),
    wholeTexts(card),
    orderAndContext(card),
    facesAndNegative(card),
    climbs(card),
    inTheCorpus(card),
  ].filter(Boolean);
}

// The name in links and commands, and where the neuron is.
function whereabouts(card) {
  const parts = [nameFamily(card.family), card.layer, card.kind !== "unit" && card.kind];
  return make("p", { class: "note" }, card.label !== card.neuron && [
    make("code", {}, card.neuron), " · "], parts.filter(Boolean).join(" · "),
  card.elsewhere && [" · elsewhere ", card.elsewhere.map((name, at) => [
    at ? ", " : "", make("code", {}, name)])]);
}

function tiles(card) {
  const { certificate } = card.dream;
  const items = [
    ["activation", activation(card.dream.score, card)],
    ["gain, corpus deviations", signed(card.gain, 2)],
    isNumber(card.ratio) && ["of the corpus’ best", percent(card.ratio)],
    isNumber(card.percentile) && ["percentile of the corpus",
      fixed(card.percentile, card.percentile < 100 ? 2 : 0)],
    card.agreement && ["climbs at the same activation",
      `${card.agreement.same_activation} of ${card.agreement.tried}`],
    certificate && [certificate.covers
      ? `of ${certificate.covers} other ${pieceName(card.dream.ngram)}s a place none does better`
      : `no other single ${pieceName(card.dream.ngram)} does better`,
      certificate.certified ? "certified" : "not certified"],
  ];
  return make("dl", { class: "tiles" }, items.filter(Boolean).map(([name, value]) =>
    make("div", {}, make("dt", {}, name), make("dd", {}, value))));
}

function gainOf(score, card) {
  const best = card.corpus.best[0];
  return best ? signed((score - best.score) / card.corpus.deviation, 2) : "";
}

function ngramTables(card) {
  const lines = [...card.methods].sort((one, other) => other.score - one.score);
  const seeds = lines.some((line) => isNumber(line.seed));
  const counted = card.corpus.best.some(({ count }) => isNumber(count));
  return make("div", { class: "columns" },
    lines.length ? table("Dreams of each method",
      [["Dream"], [seeds ? "Method, seed" : "Method"], ["Activation", true], ["Gain", true]],
      lines.map((line) => [line.ngram.text, seeds ? `${line.method}, ${line.seed}` : line.method,
        activation(line.score, card), gainOf(line.score, card)])) : null,
    card.corpus.best.length ? table("Best n-grams of the corpus",
      [["N-gram"], ...(counted ? [["Count", true]] : []), ["Activation", true]],
      card.corpus.best.map(({ ngram, score, count }) =>
        [ngram.text, ...(counted ? [fixed(count, 0)] : []), activation(score, card)])) : null);
}

// The word of a whole text after which the neuron is highest.
function naturalMaximum(card) {
  if (!card.natural) return null;
  const { ngram: { pieces }, word, score, share } = card.natural;
  const blank = blankBetween(card.natural.ngram);
  return make("p", { class: "natural" },
    `Highest in whole texts: ${activation(score, card)}, ${percent(share)} of the dream’s height, `,
    `after the marked ${pieceName(card.natural.ngram)} of “`, pieces.map((piece, i) =>
      [i ? blank : "", i === word ? make("mark", {}, piece) : piece]), "”.");
}

function orderAndContext(card) {
  const { order, context } = card;
  const words = card.dream.ngram.pieces;
  const swaps = (order?.neighbours || []).map((value, i) => [`${words[i]} ⇄ ${words[i + 1]}`, value]);
  const orders = order?.permuted?.length === 7 ? [["other orders", order.permuted.slice(1, 6)]]
    : [];
  const kept = isNumber(order?.kept)
    && make("p", {}, `Half of the other orders keep ${percent(order.kept)} of the height or more.`);
  const after = isNumber(context?.median) && make("p", {}, "After the beginnings of real texts, "
    + `${percent(context.median)} of the height survives in the median, `
    + `${percent(context.low)} at the 10th percentile.`);
  const left = order && make("div", {}, rangeChart(card, "In another order", [...orders, ...swaps]),
    kept);
  const right = context && make("div", {}, rangeChart(card, "After the beginnings of real texts",
    [["after a beginning", context.quantiles], ["from the start", card.dream.score]]), after);
  return section("Order and context",
    left || right ? make("div", { class: "columns" }, left, right) : null);
}

function facesAndNegative(card) {
  const rows = [...(card.faces || []).map((face) => ["another face", face]),
    ...(card.negative ? [["negative side", card.negative]] : [])];
  return section("Other faces and the negative side", rows.length ? table(
    "Dreams that differ, and what this neuron wants least",
    [["N-gram"], ["What"], ["Activation", true]],
    rows.map(([what, { ngram, score }]) => [ngram.text, what, activation(score, card)])) : null);
}

function climbs(card) {
  const best = new Map();
  for (const line of card.methods) {
    if (line.course?.length > 1 && !(best.get(line.method)?.score >= line.score)) {
      best.set(line.method, line);
    }
  }
  const marks = card.corpus.best.slice(0, 1)
    .map(({ score }) => ({ label: "best of corpus", value: score }));
  const figures = [...best.values()].map((line) => {
    const ascent = Array.isArray(line.course[0]);
    const rows = line.course.flatMap((point, i) => ascent
      ? [{ step: point[0], value: point[1], label: "soft" },
        { step: point[0], value: point[2], label: "real" }]
      : [{ step: i + 1, value: point, label: "real" }]);
    const end = activation(line.score, card);
    const cooling = line.temperature
      && `, temperature ${line.temperature[0][1]} → ${line.temperature.at(-1)[1]}`;
    return chart(DATA.charts.course, {
      caption: `${line.method}, by ${ascent ? "epoch" : "round"}${cooling ?? ""}`,
      label: `Course of ${line.method}, ending at ${end}`,
      data: { rows: rows.filter((row) => isNumber(row.value)), marks },
    });
  });
  const soft = [...best.values()].some((line) => Array.isArray(line.course[0]));
  return section("Course of the climbs", figures.length ? [
    make("p", { class: "key" }, make("span", { class: "real" }, "real n-grams"),
      soft && make("span", { class: "soft" }, "soft n-grams")),
    make("div", { class: "columns three" }, figures)] : null);
}

function inTheCorpus(card) {
  const { found: seen, dream: { certificate, ngram } } = card;
  const piece = pieceName(ngram);
  const texts = [];
  if (seen) {
    texts.push(seen.count
      ? `The dream occurs ${plural(seen.count, "time", "times")} in the corpus.`
      : "The dream does not occur in the corpus.");
    if (seen.part && !seen.count) {
      texts.push(`Its longest part that does: “${seen.part.text}”, `
        + `${plural(seen.part_count, "time", "times")}.`);
    }
    if (seen.nearest) {
      texts.push(`Nearest n-gram: “${seen.nearest.text}”, ${activation(seen.nearest_score, card)}, `
        + `with ${plural(seen.shared, piece, `${piece}s`)} in the same place.`);
    }
  }
  if (certificate?.runner_up) {
    texts.push(`Best n-gram with one other ${piece}: “${certificate.runner_up.text}”`
      + (!isNumber(certificate.margin) ? "." : certificate.margin <= certificate.tolerance
        ? ", level but for rounding." : `, ${activation(certificate.margin, card)} lower.`));
  }
  return section("In the corpus, and next to the dream", texts.map((text) => make("p", {}, text)));
}
