// What terms mean: a few lines on the overview, and a tip at each, by mouse and by keyboard.

// Layers and methods, which may be called anything, have keys of their own: layer:…, method:….
function term(key, text = key) {
  return DATA.terms[key]
    ? make("span", { class: "term", tabindex: "0", "data-term": key }, text) : text;
}

function glossary() {
  if (!DATA.lines.length) return null;
  return section("What the words mean", make("dl", { class: "facts" }, DATA.lines.map(
    ([subject, text]) => make("div", {}, make("dt", {}, subject), make("dd", {}, text)))));
}

let explained = null; // the element that the tip is at

function showTip({ target }) {
  const element = target.closest?.("[data-term]");
  const text = element && DATA.terms[element.dataset.term];
  if (!text) return;
  const tip = byId("tip");
  hideTip();
  explained = element;
  explained.setAttribute("aria-describedby", "tip");
  tip.textContent = `${begin(text)}.`;
  tip.hidden = false;
  const at = element.getBoundingClientRect();
  const { width, height } = tip.getBoundingClientRect();
  const below = at.bottom + 6 + height < innerHeight;
  tip.style.left = `${Math.max(8, Math.min(at.left, innerWidth - width - 8))}px`;
  tip.style.top = `${Math.max(8, below ? at.bottom + 6 : at.top - height - 6)}px`;
}

function hideTip() {
  explained?.removeAttribute("aria-describedby");
  explained = null;
  byId("tip").hidden = true;
}

function prepareTips() {
  for (const name of ["mouseover", "focusin"]) document.addEventListener(name, showTip);
  document.addEventListener("mouseout", ({ target }) => target === explained && hideTip());
  document.addEventListener("focusout", hideTip);
  addEventListener("scroll", hideTip, { passive: true });
  // Escape takes a tip away before it leads back.
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !explained) return;
    event.stopImmediatePropagation();
    hideTip();
  }, { capture: true });
}
