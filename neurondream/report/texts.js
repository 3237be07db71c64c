// Whole texts with every piece shaded, and where all activations lie.

const TOP_TEXTS = 3; // shown at once, besides those of lower levels

function wholeTexts(card) {
  const all = card.survey?.texts || card.texts || [];
  const figure = card.survey ? surveyHistogram(card) : corpusHistogram(card);
  if (!all.length) return section("Real text", figure);
  const piece = pieceName(all[0].ngram);
  const shown = all.filter(({ level }, i) => level || i < TOP_TEXTS);
  const more = all.filter((text) => !shown.includes(text));
  const levels = all.some(({ level }) => level)
    ? ", then one of each level below (above 99% of texts, above 97% …)" : "";
  const source = card.survey
    ? `${fixed(card.survey.tokens, 0)} ${piece}s of texts` : "the corpus’ texts";
  return section("Real text", figure,
    make("p", { class: "note" }, `The highest of ${source}${levels}: the shade of a ${piece} is the `,
      "height of the activation after it; the highest is bold."),
    listTexts(card, shown, all[0].score),
    more.length ? make("details", {}, make("summary", {}, `${more.length} more of the highest`),
      listTexts(card, more, all[0].score)) : null);
}

function listTexts(card, some, top) {
  const { mean } = card.survey || card.corpus;
  const height = top - mean;
  return make("ol", { class: "whole" }, some.map(({ ngram, word, score, values, level }) =>
    make("li", {},
      make("span", { class: "score" }, activation(score, card),
        level && make("small", { title: level[0] ? `above ${percent(level[0])} of texts`
          : "of the lower half of texts" }, level[0] ? `> ${percent(level[0])}` : "< 50%")),
      make("span", {}, ngram.pieces.map((text, i) => {
        const shaded = make(i === word ? "strong" : "span",
          { class: "shaded", title: `${activation(values[i], card, 1)} after “${text}”` }, text);
        const share = height > 0 && isNumber(values[i]) ? (values[i] - mean) / height : 0;
        shaded.style.setProperty("--share", Math.max(0, Math.min(1, share)));
        return [i ? blankBetween(ngram) : "", shaded];
      })))));
}

function surveyHistogram(card) {
  const { edges, counts, tokens } = card.survey;
  return histogram(card, edges, counts,
    (some) => `Activation at ${some} of the ${fixed(tokens, 0)} tokens`);
}

function corpusHistogram(card) {
  if (!card.corpus.histogram) return null;
  const { edges, counts } = card.corpus.histogram;
  return histogram(card, edges, counts, (some) => `Activation of ${
    card.corpus.total === sum(counts) ? "" : `${some} of `}the corpus’ ${
    fixed(card.corpus.total, 0)} n-grams`);
}

const sum = (numbers) => numbers.reduce((all, one) => all + one, 0);

// Bins lie between edges; what is counted beyond the last edge is not drawn.
function histogram(card, edges, counts, name) {
  const rows = edges.slice(0, -1)
    .map((low, i) => ({ low, high: edges[i + 1], count: counts[i] })).filter(({ count }) => count);
  const caption = name(fixed(sum(rows.map(({ count }) => count)), 0));
  const best = card.corpus.best.slice(0, 1)
    .map(({ score }) => ({ label: "best of corpus", value: score }));
  return chart(DATA.charts.histogram, {
    caption,
    label: `${caption}: ${rows.map(({ low, count }) => `${count} from ${activation(low, card)}`)
      .join("; ")}; the dream ${activation(card.dream.score, card)}`,
    data: { rows, marks: [{ label: "dream", value: card.dream.score }, ...best] },
  });
}
