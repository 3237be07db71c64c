// Tables of a card that are folded away until they are asked for, and the course of the climbs.

function gainOf(score, card) {
  const best = card.corpus.best[0];
  return best && isNumber(card.gain) ? signed((score - best.score) / card.corpus.deviation, 2) : "";
}

function ngramTables(card) {
  const lines = [...card.methods].sort((one, other) => other.score - one.score);
  const seeds = lines.some((line) => isNumber(line.seed));
  if (!lines.length && !card.corpus.best.length) return null;
  const counted = card.corpus.best.some(({ count }) => isNumber(count));
  return make("div", { class: "columns" },
    lines.length ? table("Dreams of each method",
      [["Dream"], [seeds ? "Method, seed" : "Method"], ["Activation", true],
        [term("gain", "Gain"), true]],
      lines.map((line) => [line.ngram.text,
        [term(`method:${line.method}`, line.method), seeds ? `, ${line.seed}` : ""],
        activation(line.score, card), gainOf(line.score, card)])) : null,
    card.corpus.best.length ? table("Best n-grams of the corpus",
      [["N-gram"], ...(counted ? [["Count", true]] : []), ["Activation", true]],
      card.corpus.best.map(({ ngram, score, count }) =>
        [ngram.text, ...(counted ? [fixed(count, 0)] : []), activation(score, card)])) : null);
}

function facesAndNegative(card) {
  const rows = [...(card.faces || []).map((face) => ["another face", face]),
    ...(card.negative ? [["negative side", card.negative]] : [])];
  return folded("Other faces and the negative side", rows.length ? table(
    "Dreams that differ, and what this neuron wants least",
    [["N-gram"], ["What"], ["Activation", true]],
    rows.map(([what, { ngram, score }]) => [ngram.text, what, activation(score, card)])) : null);
}

// Of soft words: epochs, soft, real; other climbs are rounds, real.
function isAscent({ course }) {
  return course.length > 2;
}

function climbs(card) {
  const lines = card.methods.filter(({ course }) => course);
  const marks = card.corpus.best.slice(0, 1)
    .map(({ score }) => ({ label: "best of corpus", value: score }));
  const figures = lines.map((line) => {
    const ascent = isAscent(line);
    const [steps, ...courses] = line.course;
    const rows = courses.flatMap((values, which) => values.map((value, i) => ({
      step: steps[i], value, label: ascent && !which ? "soft" : "real" })));
    const end = activation(line.score, card);
    const cooling = line.temperature
      && `, temperature ${line.temperature[0][1]} → ${line.temperature.at(-1)[1]}`;
    return chart(DATA.charts.course, {
      caption: `${line.method}, by ${ascent ? "epoch" : "round"}${cooling ?? ""}`,
      label: `Course of ${line.method}, ending at ${end}`,
      data: { rows: rows.filter((row) => isNumber(row.value)), marks },
    });
  });
  const soft = lines.some(isAscent);
  return folded("Course of the climbs", figures.length ? [
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
        ? ", level but for rounding." : `, ${lowerBy(certificate.margin, card)}.`));
  }
  return folded("In the corpus, and next to the dream", texts.map((text) => make("p", {}, text)));
}
