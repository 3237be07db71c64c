// Words with what they contribute, and how the activation grows with them.

// Words in a row, shaded by the share of the height that is lost without each, which stands below.
function shadedWords(name, words, drop, ngram) {
  const items = words.map((word, i) => {
    const share = drop?.[i];
    const item = make("li", { title: isNumber(share)
      && `${percent(share)} of the height above the corpus mean is lost without “${word}”` },
    make("span", { class: "word" }, word),
    isNumber(share) && make("span", { class: "share" }, percent(share),
      make("span", { class: "unseen" }, " lost without it")));
    item.style.setProperty("--share", Math.max(0, Math.min(1, share || 0)));
    return item;
  });
  return make("div", { class: name }, make("h3", {}, ngram), make("ol", { class: "words" }, items));
}

function shadedPair(card) {
  const parts = card.words || {};
  const corpus = card.corpus_words;
  const best = card.corpus.best[0];
  return [
    make("div", { class: "columns" },
      shadedWords("dream", card.dream.ngram.pieces, parts.drop, `Dream, ${activation(card.dream.score, card)}`),
      best && shadedWords("corpus", (corpus || best).ngram.pieces, corpus?.drop,
        `Best n-gram of the corpus, ${activation(best.score, card)}`)),
    parts.drop && make("p", { class: "note" }, "Below each word, and as its shade: the share of the ",
      "height above the corpus mean that is lost when the word is left out."),
  ];
}

function afterEachWord(card) {
  if (!card.words?.after) return null;
  const points = (series, words, values) => (values || []).map((value, i) => ({
    place: i + 1, series, label: words[i], value, text: activation(value, card),
  }));
  const rows = [...points("dream", card.dream.ngram.pieces, card.words.after),
    ...points("corpus", card.corpus_words?.ngram.pieces, card.corpus_words?.after)];
  return chart(DATA.charts.after, {
    caption: "Activation after each word",
    label: "Activation after each word: "
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
  const words = card.dream.ngram.pieces;
  const count = words.length;
  const tail = (k) => (k === 1 ? "last word keeps" : `last ${k} words keep`);
  const suffixes = [isNumber(parts.half) && `The ${tail(parts.half)} half of the height`,
    isNumber(parts.most) && `the ${tail(parts.most)} 90 %`].filter(Boolean).join(", ");
  return section("Which words do the work",
    make("div", { class: "columns" },
      parts.typical && rangeChart(card, "With a typical corpus word in place of …",
        words.map((word, i) => [word, parts.typical[i]])),
      parts.suffixes && rangeChart(card, "Read from this word on, without those before",
        words.map((word, i) => [i < count - 1 ? `${word} …` : word, parts.suffixes[count - 1 - i]]))),
    parts.typical && make("p", { class: "note" }, "Thin lines reach from the 10th to the 90th ",
      "percentile, thick ones over the middle half; the dot is the median, or a single value."),
    suffixes && make("p", {}, `${suffixes}.`),
    parts.substitutes && table("Best substitutes at each place, with their activation",
      [["Word"], ["Substitutes"]],
      words.map((word, i) => [word, (parts.substitutes[i] || [])
        .map(([other, score]) => `${other} ${activation(score, card)}`).join(", ")])));
}
