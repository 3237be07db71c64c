// The front of a neuron: the highest n-gram at every fluency, on a plane and one by one.

const FRONT = "From natural to extreme";

function frontOfCard(card) {
  const { front } = card;
  const points = (front?.points || []).filter(({ score, nats }) => isNumber(score) && isNumber(nats));
  if (!points.length) return null;
  const start = Math.max(0, points.findLastIndex(({ nats }) => nats <= front.limit));
  const figure = plane(card, points, start, choose);
  const told = make("div", {}, tellPoint(card, points, start));
  const slider = make("input", {
    type: "range", id: "fluency", min: 0, max: points.length - 1, step: 1, value: String(start),
    list: "certain", "aria-valuetext": sayPoint(card, points[start]), input: () => choose(Number(slider.value)),
  });
  function choose(at) {
    slider.value = at;
    slider.setAttribute("aria-valuetext", sayPoint(card, points[at]));
    told.replaceChildren(...tellPoint(card, points, at));
    changeData(figure.querySelector(".chart"), "chosen", [placePoint(card, points[at])]);
  }
  const certain = points.map(({ certificate }, at) => certificate?.certified && String(at))
    .filter(Boolean);
  return section(FRONT,
    make("p", { class: "note" }, "On the line stand the highest n-grams found, from fluent ",
      `to less fluent: nats say how unexpected a ${pieceName(points[0].ngram)} is to `,
      `${judgeName(front.judge)}, on average.`,
      front.windows && " Small dots are real n-grams as they occur.",
      front.corpus && " Squares are the best n-grams of the corpus.",
      certain.length > 0 && [" Diamonds are ", term("certified"), " within their nats."]),
    make("div", { class: "columns" }, figure, make("div", {},
      points.length > 1 && make("div", { class: "slider" },
        make("label", { for: "fluency" }, `${FRONT}, n-gram by n-gram`), slider,
        make("datalist", { id: "certain" }, certain.map((value) => make("option", { value }))),
        make("span", { "aria-hidden": "true" }, "natural"),
        make("span", { "aria-hidden": "true" }, "extreme")),
      told)),
    otherFaces(card));
}

function judgeName(name) {
  return DATA.judges[name] || name;
}

// One n-gram of the front: its shaded pieces, and how fluent it is by every judge.
function tellPoint(card, points, at) {
  const { ngram, score, nats, drop, others, fewer, certificate } = points[at];
  const { front, corpus: { mean } } = card;
  const piece = pieceName(ngram);
  const extreme = points.at(-1).score - mean;
  const share = extreme > 0 ? `, ${percent((score - mean) / extreme)} of the extreme’s height` : "";
  const fluency = (judge, value) => [`nats a ${piece} by ${judgeName(judge)}`,
    `${fixed(value, 2)}${amongReal(fewer?.[judge])}`];
  const repeated = ngram.pieces.length - new Set(ngram.pieces).size;
  const real = front.windows?.repeated;
  const facts = [
    fluency(front.judge, nats),
    ...Object.entries(others || {}).map(([judge, value]) => fluency(judge, value)),
    [`repeated ${piece}s`, (repeated ? `${repeated} of ${ngram.pieces.length}` : "none")
      + (isNumber(real) ? `; in real n-grams ${fixed(real, 2)} on average` : "")],
  ];
  return [
    shadedPieces("dream", ngram.pieces, drop, `${activation(score, card)}${share}`),
    piece === "token" && make("p", {}, `“${ngram.text}”`),
    certificate && make("p", {}, tellCertificate(card, piece, certificate)),
    make("dl", { class: "facts" }, facts.map(([name, value]) =>
      make("div", {}, make("dt", {}, name), make("dd", {}, value)))),
  ].filter(Boolean);
}

function otherFaces(card) {
  const { faces, limit, points } = card.front;
  return faces?.length ? [make("p", { class: "note" },
    `No less fluent than ${fixed(limit, 2)} nats a ${pieceName(points[0].ngram)} are also`),
  make("ul", { class: "verdict" }, faces.map(({ ngram, score, nats }) => make("li", {},
    `“${ngram.text}” (${activation(score, card)}, ${fixed(nats, 2)} nats)`)))] : null;
}

// What is certain about an n-gram of the front, in one sentence.
function tellCertificate(card, piece, certificate) {
  const { certified, covers, limit, margin, passed_over: unknown, tolerance } = certificate;
  if (!certified) {
    return unknown ? `Not certified: ${plural(unknown, `other ${piece} has`, `other ${piece}s have`)}`
      + " no finite activation." : "Not certified: it may still be improved.";
  }
  const of = covers ? `, of ${covers} a place that the gradient ranks first,` : "";
  const within = isNumber(limit) ? `within ${fixed(limit, 2)} nats` : "at any nats";
  const next = certificate.runner_up?.text;
  const short = !next || !isNumber(margin) ? "" : margin <= tolerance
    ? `; “${next}” is level but for rounding`
    : `; the next best, “${next}”, is ${lowerBy(margin, card)}`;
  return `Certified: no other single ${piece}${of} is higher ${within}${short}.`;
}

// The share of real n-grams of fewer nats, in words.
function amongReal(fewer) {
  if (!isNumber(fewer)) return "";
  return fewer > 0.5 ? `; ${percent(fewer)} of real n-grams have fewer`
    : `; ${percent(1 - fewer)} of real n-grams have as many or more`;
}
