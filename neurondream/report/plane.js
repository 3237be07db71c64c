// The plane of a front: activation by nats, with marks that a mouse and a keyboard reach.

function placePoint(card, { ngram, score, nats, certificate }, at) {
  return { at, nats, value: score, ngram: ngram.text, text: activation(score, card),
    fluency: fixed(nats, 2), certified: Boolean(certificate?.certified) };
}

function sayMark({ ngram, text, fluency, certified }) {
  return `${ngram}: ${text}, ${fluency} nats${certified ? ", certified" : ""}`;
}

function sayPoint(card, point) {
  return sayMark(placePoint(card, point));
}

function plane(card, points, start, choose) {
  const { front } = card;
  const caption = `Activation by nats a ${pieceName(points[0].ngram)}`;
  const windows = (front.windows?.scores || []).map((value, i) => ({
    nats: front.windows.nats[i], value, ngram: front.windows.texts[i] || "a real n-gram",
    text: activation(value, card), fluency: fixed(front.windows.nats[i], 2),
  })).filter(({ nats, value }) => isNumber(nats) && isNumber(value));
  const limits = isNumber(front.limit) ? [{ nats: front.limit,
    label: front.windows ? "← half of real n-grams" : "← called fluent" }] : [];
  const corpus = (front.corpus ? card.corpus.best : []).map((best) => placePoint(card, best))
    .filter(({ nats, value }) => isNumber(nats) && isNumber(value));
  const line = points.map((point, at) => placePoint(card, point, at));
  const figure = chart(DATA.charts.plane, {
    caption,
    data: { windows, limits, corpus, front: line, chosen: [line[start]], reached: [] },
    open: ({ at }) => isNumber(at) && choose(at),
  });
  walkMarks(figure.querySelector(".chart"), `Marks of the plane: ${begin(caption)}`,
    [...windows, ...corpus, ...line], line[start], ({ at }) => isNumber(at) && choose(at));
  return figure;
}

const FAR = 10; // marks that a key goes on by which turns a page

// One stop of the tab key for all marks: left and right by nats, up and down by activation; what is
// reached has a ring, and is told as where a mouse points.
function walkMarks(place, label, marks, first, open) {
  const along = [...marks].sort((a, b) => a.nats - b.nats || a.value - b.value);
  const upward = [...marks].sort((a, b) => a.value - b.value || a.nats - b.nats);
  const steps = {
    ArrowRight: [along, 1], ArrowLeft: [along, -1], ArrowUp: [upward, 1], ArrowDown: [upward, -1],
    PageUp: [along, FAR], PageDown: [along, -FAR], End: [along, Infinity], Home: [along, -Infinity],
  };
  let mark = first;
  const name = () => {
    place.setAttribute("aria-valuenow", along.indexOf(mark) + 1);
    place.setAttribute("aria-valuetext", sayMark(mark));
  };
  const show = () => {
    changeData(place, "reached", [mark]);
    tellMark(place, mark);
  };
  const attributes = { role: "slider", tabindex: 0, "aria-label": label, "aria-valuemin": 1,
    "aria-valuemax": marks.length };
  for (const [key, value] of Object.entries(attributes)) place.setAttribute(key, value);
  name();
  place.addEventListener("focus", () => place.matches(":focus-visible") && show());
  place.addEventListener("blur", () => {
    changeData(place, "reached", []);
    tellMark(place, null);
  });
  place.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Enter" || event.key === " ") open(mark);
    else if (event.key in steps) {
      const [order, step] = steps[event.key];
      mark = order[Math.min(order.length - 1, Math.max(0, order.indexOf(mark) + step))];
      name();
    } else return;
    event.preventDefault();
    show();
  });
}

// Say of a mark what a mouse is told that points at it; null says nothing.
function tellMark(place, mark) {
  const view = drawn.get(place)?.view;
  const at = (place.querySelector("svg") || place).getBoundingClientRect();
  let [x, y] = [at.left, at.top];
  if (mark && view) {
    const [[right, down], inset] = [view.origin(), view.padding()];
    x += inset.left + right + view.scale("x")(mark.nats);
    y += inset.top + down + view.scale("y")(mark.value);
  }
  showTooltip(null, { clientX: x, clientY: y }, null, mark && {
    "n-gram": mark.ngram, activation: mark.text, nats: mark.fluency,
  });
}
