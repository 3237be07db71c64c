// The dreams that the overview begins with, each beside its best real text.

function striking() {
  const dreams = DATA.striking;
  if (!dreams.length) return null;
  return section(dreams.length > 1 ? "The most striking dreams" : "The most striking dream",
    make("div", { class: "striking" }, dreams.map((one) => make("article", {},
      make("h3", {}, make("a", { href: linkTo(one.neuron) }, one.label)),
      shadedWords("dream", one.dream.ngram.pieces, one.dream.drop),
      make("p", { class: "how" }, one.how),
      shadedWords("corpus", one.best.ngram.pieces, one.best.drop),
      one.natural && make("p", { class: "note" }, "In whole texts highest after “",
        endOf(one.natural), "”.")))),
    make("p", { class: "note" }, "Those that gain most over real text, two of a layer at most. ",
      "The stronger the shade of a word, the more is lost without it."));
}

// A text up to the word that it is highest after.
function endOf({ ngram, word }, most = 12) {
  const first = Math.max(0, word + 1 - most);
  return [first ? "… " : "", ngram.pieces.slice(first, word + 1).map((piece, i, { length }) =>
    [i ? blankBetween(ngram) : "", i === length - 1 ? make("mark", {}, piece) : piece])];
}
