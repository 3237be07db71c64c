// The pieces of n-grams with what they contribute, and how the activation grows with them.

// Pieces in a row, shaded by the share of the height that is lost without each, which stands below.
function shadedWords(name, pieces, drop) {
  const items = pieces.map((word, i) => {
    const share = drop?.[i];
    const item = make("li", { title: isNumber(share)
      && `${percent(share)} of the height above the corpus mean is lost without “${word}”` },
    make("span", { class: "word" }, seen(word)),
    isNumber(share) && make("span", { class: "share" }, percent(share),
      make("span", { class: "unseen" }, " lost without it")));
    item.style.setProperty("--share", Math.max(0, Math.min(1, share || 0)));
    return item;
  });
  return make("ol", { class: `words ${name}` }, items);
}

function shadedPieces(name, pieces, drop, title) {
  return make("div", { class: name }, make("h3", {}, title), shadedWords(name, pieces, drop));
}

function shadedPair(card) {
  const parts = card.words || {};
  const corpus = card.corpus_words;
  const best = card.corpus.best[0];
  const piece = pieceName(card.dream.ngram);
  return [
    make("div", { class: "columns" },
      shadedPieces("dream", card.dream.ngram.pieces, parts.drop, `Dream, ${activation(card.dream.score, card)}`),
      best && shadedPieces("corpus", (corpus || best).ngram.pieces, corpus?.drop,
        `Best n-gram of the corpus, ${activation(best.score, card)}`)),
    parts.drop && make("p", { class: "note" }, `Below each ${piece}, and as its shade: the share of the `,
      `height above the corpus mean that is lost when the ${piece} is left out.`),
  ];
}

function afterEachWord(card) {
  if (!card.words?.after) return null;
  const caption = `Activation after each ${pieceName(card.dream.ngram)}`;
  const points = (series, pieces, values) => (values || []).map((value, i) => ({
    place: i + 1, series, label: pieces[i], value, text: activation(value, card),
  }));
  const rows = [...points("dream", card.dream.ngram.pieces, card.words.after),
    ...points("corpus", card.corpus_words?.ngram.pieces, card.corpus_words?.after)];
  return chart(DATA.charts.after, {
    caption,
    label: `${caption}: `
      + rows.map((row) => `${row.series}, ${row.label} ${row.text}`).join("; "),
    data: { rows, marks: [{ label: "corpus mean", value: card.corpus.mean }] },
  });
}

// Rows of [label, [.1 .25 .5 .75 .9 quantiles] or one value] as a chart with its numbers.
function rangeChart(card, caption, entries) {
  const rows = entries.map(([label, value], i) => {
    const spread = Array.isArray(value);
    const [low, lower, middle, upper, high] = spread ? value : [null, null, value, null, null];
    const show = (x) => activation(x, card);
    return { row: `${i}\t${label}`, label, low, lower, value: middle, upper, high,
      text: spread ? `${show(middle)} (${show(low)} to ${show(high)})` : show(middle) };
  }).filter((row) => isNumber(row.value));
  if (!rows.length) return null;
  const marks = [{ label: "dream", value: card.dream.score },
    { label: "corpus mean", value: card.corpus.mean },
    ...card.corpus.best.slice(0, 1).map(({ score }) => ({ label: "best of corpus", value: score }))];
  return chart({ ...DATA.charts.ranges, height: 26 * rows.length }, {
    caption, label: `${caption}: ${rows.map((row) => `${row.label} ${row.text}`).join("; ")}`,
    data: { rows, marks },
  });
}

function workOfWords(card) {
  const parts = card.words;
  if (!parts) return null;
  const { pieces } = card.dream.ngram;
  const piece = pieceName(card.dream.ngram);
  const count = pieces.length;
  const tail = (k) => (k === 1 ? `last ${piece} keeps` : `last ${k} ${piece}s keep`);
  const suffixes = [isNumber(parts.half) && `The ${tail(parts.half)} half of the height`,
    isNumber(parts.most) && `the ${tail(parts.most)} 90 %`].filter(Boolean).join(", ");
  return folded(`Which ${piece}s do the work`,
    afterEachWord(card),
    make("div", { class: "columns" },
      parts.typical && rangeChart(card, `With a typical corpus ${piece} in place of …`,
        pieces.map((word, i) => [word, parts.typical[i]])),
      parts.suffixes && rangeChart(card, `Read from this ${piece} on, without those before`,
        pieces.map((word, i) => [i < count - 1 ? `${word} …` : word, parts.suffixes[count - 1 - i]]))),
    parts.typical && make("p", { class: "note" }, "Thin lines reach from the 10th to the 90th ",
      "percentile, thick ones over the middle half; the dot is the median, or a single value."),
    suffixes && make("p", {}, `${suffixes}.`),
    parts.substitutes && table("Best substitutes at each place, with their activation",
      [[begin(piece)], ["Substitutes"]],
      pieces.map((word, i) => [word, (parts.substitutes[i] || [])
        .map(([other, score]) => `${other} ${activation(score, card)}`).join(", ")])));
}
