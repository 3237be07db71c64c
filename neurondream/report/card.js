// The card of one neuron.

function linkTo(name) {
  return `#neuron=${encodeURIComponent(name).replaceAll("%3A", ":")}`;
}

let shown = null; // the card in view

function findEntry(name) {
  const named = ({ card }) => card.neuron === name || card.label === name;
  return entries.find(named);
}

async function showCard(name, stale) {
  const view = byId("view-neuron");
  const entry = findEntry(name);
  const card = entry ? await loadCard(entry.at) : null;
  if (stale()) return;
  forgetCharts(view);
  shown = card;
  view.replaceChildren(paths(listed.indexOf(entry)), ...(card ? cardParts(card) : [
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
    make("a", { href: from.startsWith("#neurons") ? from : "#neurons" },
      from.startsWith("#neurons?") ? "Back to the list" : "All neurons"),
    at >= 0 && [neighbour(listed[at - 1], "← previous", "prev"),
      neighbour(listed[at + 1], "next →", "next")]);
}

function cardParts(card) {
  const [head, ...rest] = card.verdict || [];
  return [
    make("h1", { tabindex: "-1" }, card.label),
    whereabouts(card),
    standingOf(card),
    make("div", { class: "columns verdicts" },
      make("div", {}, head && make("p", { class: "lead" }, head),
        card.warnings.map((text) => make("p", { class: "warning", role: "note" }, text)),
        sentences(rest)),
      tiles(card)),
    section("Dream and corpus", shadedPair(card), card.texts.length ? null : naturalMaximum(card)),
    wholeTexts(card),
    tryWords(card),
    frontOfCard(card),
    workOfWords(card),
    orderAndContext(card),
    facesAndNegative(card),
    folded("Other dreams and n-grams", ngramTables(card)),
    climbs(card),
    inTheCorpus(card),
  ].flat().filter(Boolean);
}

function standingOf(card) {
  const { state } = findEntry(card.neuron).card;
  return make("p", { class: "standing" },
    make("span", { "aria-hidden": "true" }, SYMBOLS[card.standing]), ` ${card.standing}`,
    state && [" · ", make("span", { class: "state" }, term(state))]);
}

const SENTENCES = 5; // of a verdict that are shown at once

function sentences(all) {
  const list = (some) => make("ul", { class: "verdict" }, some.map((text) => make("li", {}, text)));
  const more = all.slice(SENTENCES);
  return [all.length ? list(all.slice(0, SENTENCES)) : null,
    more.length ? make("details", {}, make("summary", {}, `${more.length} more`), list(more)) : null];
}

// The name in links and commands, and where the neuron is.
function whereabouts(card) {
  const parts = [nameFamily(card.family), term(`layer:${card.layer}`, card.layer), card.kind !== "unit" && card.kind];
  return make("p", { class: "note" }, card.label !== card.neuron && [
    make("code", {}, card.neuron), " · "], parts.filter(Boolean).map((part, i) => [i ? " · " : "", part]),
  card.elsewhere && [" · elsewhere ", card.elsewhere.map((name, at) => [
    at ? ", " : "", make("code", {}, name)])]);
}

function tiles(card) {
  const { certificate } = card.dream;
  const items = [
    ["activation", activation(card.dream.score, card)],
    [[term("gain"), ", corpus ", term("deviations")], signed(card.gain, 2)],
    isNumber(card.ratio) && ["of the corpus’ best", percent(card.ratio)],
    isNumber(card.percentile) && [[term("percentile"), " of the corpus"],
      fixed(card.percentile, card.percentile < 100 ? 2 : 0)],
    card.agreement?.tried > 1 && [term("agreement", "climbs at the same activation"),
      `${card.agreement.same_activation} of ${card.agreement.tried}`],
    certificate && [certificate.covers
      ? `of ${certificate.covers} other ${pieceName(card.dream.ngram)}s a place none does better`
      : `no other single ${pieceName(card.dream.ngram)} does better`,
      certificate.certified ? term("certified") : "not certified"],
  ];
  return make("dl", { class: "tiles" }, items.filter(Boolean).map(([name, value]) =>
    make("div", {}, make("dt", {}, name), make("dd", {}, value))));
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
  return folded("Order and context",
    left || right ? make("div", { class: "columns" }, left, right) : null);
}
