"use strict";
// Elements and numbers. A text is always set as text: nothing of a model or corpus becomes markup.

let DATA = null; // the index, once it is unpacked
const MISSING = [null, undefined, false, ""];

function byId(id) {
  return document.getElementById(id);
}

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (!MISSING.includes(value)) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => !MISSING.includes(child)));
  return element;
}

// A part with a heading; null where there is nothing to say, so that missing parts are left out.
function section(title, ...children) {
  const content = children.flat(Infinity).filter((child) => !MISSING.includes(child));
  if (!content.length) return null;
  return make("section", {}, make("h2", {}, title), content);
}

// The same, folded away until a person asks for it.
function folded(title, ...children) {
  const content = children.flat(Infinity).filter((child) => !MISSING.includes(child));
  if (!content.length) return null;
  // What is drawn in there measures its width once it has one.
  return make("details", { class: "fold", toggle: () => dispatchEvent(new Event("resize")) },
    make("summary", {}, make("h2", {}, title)), content);
}

// A table: `columns` are [heading, is number]; a cell is a text or an element.
function table(caption, columns, rows) {
  const head = columns.map(([heading, isNumber]) =>
    make("th", { scope: "col", class: isNumber && "number" }, heading));
  const body = rows.map((cells) => make("tr", {}, cells.map((cell, i) =>
    make(i ? "td" : "th", { scope: !i && "row", class: columns[i][1] && "number" }, cell))));
  const scroller = make("div", { class: "scroller", role: "region", "aria-label": caption },
    make("table", { "aria-label": caption }, make("thead", {}, make("tr", {}, head)),
      make("tbody", {}, body)));
  widths.observe(scroller);
  return make("figure", {}, make("figcaption", { "aria-hidden": "true" }, caption), scroller);
}

// A table wider than the page scrolls on its own, by keyboard too.
const widths = new ResizeObserver((changes) => {
  for (const { target } of changes) {
    if (target.scrollWidth > target.clientWidth) target.setAttribute("tabindex", "0");
    else target.removeAttribute("tabindex");
  }
});

function isNumber(value) {
  return typeof value === "number" && Number.isFinite(value);
}

function fixed(value, digits, options = {}) {
  if (!isNumber(value)) return "";
  const text = new Intl.NumberFormat("en", {
    minimumFractionDigits: digits, maximumFractionDigits: digits,
    signDisplay: "negative", ...options, // no minus before a 0
  }).format(value);
  return text.replace("-", "\u2212");
}

function signed(value, digits) {
  return fixed(value, digits, { signDisplay: "exceptZero" });
}

function percent(value, digits = 0) {
  return fixed(value, digits, { style: "percent" });
}

// What a person calls the pieces of an n-gram: words, or tokens that need not be words.
function pieceName({ text, pieces }) {
  return pieces.join(" ") === text ? "word" : "token";
}

// What stands between pieces: nothing where they bring their own blanks, as byte pairs do.
function blankBetween({ text, pieces }) {
  return pieces.length > 1 && pieces.join("").trim() === text.trim() ? "" : " ";
}

// A piece that would not be seen, of blanks alone, with a mark for each of them.
function seen(piece) {
  return piece.trim() ? piece : [...piece].map((blank) => blank === "\n" ? "↵" : "␣").join("");
}

function nameFamily(name) {
  const title = DATA.families.find((family) => family.name === name)?.title;
  return !title || title === name ? name : `${name}, ${title}`;
}

// As many digits as show a hundredth of the neuron's standard deviation, or a tenth.
function activation(value, card, places = 2) {
  const { corpus, dream, gain } = card;
  // What the corpus does not move deviates by rounding alone.
  const deviation = (isNumber(gain) && corpus.deviation) || Math.abs(dream.score) || 1;
  return fixed(value, Math.min(20, Math.max(0, Math.ceil(places - Math.log10(deviation)))));
}

// A difference that these digits do not show is said to be small.
function lowerBy(margin, card) {
  const text = activation(margin, card);
  return /[1-9]/.test(text) ? `${text} lower` : "hardly lower";
}

function begin(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function plural(count, one, many) {
  return `${fixed(count, 0)} ${count === 1 ? one : many}`;
}

function median(values) {
  const sorted = values.filter(isNumber).sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
}
