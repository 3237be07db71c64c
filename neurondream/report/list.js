// The list of neurons: searched, filtered and sorted; one page of rows is in the document.

const PAGE = 50;
const COLLATOR = new Intl.Collator("en", { numeric: true });
const SYMBOLS = {
  "above the corpus": "▲", "level with the corpus": "●", "below the corpus": "▼",
  "reacts to nothing": "○",
};
let entries = []; // rows of the index with what is searched and sorted
let listed = []; // as they are searched and sorted
let start = 0;

function makeEntries() {
  return DATA.rows.map((card, at) => {
    const { dream, best = "", label, neuron, gain, height } = card;
    const name = `${label}\n${neuron}`;
    const text = { dream, corpus: best, name, all: `${name}\n${dream}\n${best}` };
    for (const key of Object.keys(text)) text[key] = text[key].toLowerCase();
    return { card, at, text, keys: {
      gain: gain ?? null, height: height ?? null, name: label, dream,
    } };
  });
}

function prepareList() {
  entries = makeEntries();
  const fill = (id, values) => byId(id).append(
    ...values.map((value) => make("option", { value }, value)));
  const values = (key) => [...new Set(DATA.rows.map((card) => card[key]))];
  const families = DATA.families.map(({ name }) => name)
    .filter((name) => values("family").includes(name));
  byId("family").append(...families.map((value) => make("option", { value }, nameFamily(value))));
  byId("families").hidden = families.length < 2;
  const layers = DATA.layers.filter(({ name }) => values("layer").includes(name));
  const option = ({ name }) => make("option", { value: name }, name);
  byId("layer").append(...(families.length < 2 ? layers.map(option) : families.map((family) =>
    make("optgroup", { label: nameFamily(family) },
      layers.filter((layer) => layer.family === family).map(option)))));
  fill("standing", Object.keys(SYMBOLS).filter((name) => values("standing").includes(name)));
  const form = byId("filters");
  form.addEventListener("input", async ({ target }) => {
    await filterList();
    keepAddress(target.matches("input"));
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(async () => {
    await filterList();
    keepAddress();
  }));
  byId("before").addEventListener("click", () => turnTo(start - PAGE));
  byId("next").addEventListener("click", () => turnTo(start + PAGE));
  for (const head of document.querySelectorAll("#list [data-sort]")) {
    head.firstElementChild.addEventListener("click", () => sortBy(head.dataset.sort));
  }
  byId("list").addEventListener("click", (event) => {
    const row = event.target.closest("tbody tr");
    if (row && !event.target.closest("a") && !getSelection().toString()) {
      row.querySelector("a").click();
    }
  });
  byId("view-neurons").addEventListener("keydown", walkRows);
  return filterList();
}

// Names rise first, numbers fall first; a second press turns the order round.
function sortBy(key) {
  const first = ["name", "dream"].includes(key) ? key : `-${key}`;
  const second = first === key ? `-${key}` : key;
  byId("sort").value = byId("sort").value === first ? second : first;
  filterList().then(() => keepAddress());
}

let filtered = 0; // how often, so that only the last that was asked for is shown

async function filterList() {
  const turn = ++filtered;
  const wanted = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const within = byId("within").value;
  if (within === "verdict" && wanted.length && entries.some(({ text }) => text.verdict === undefined)) {
    byId("count").textContent = "Reading the sentences …";
    const verdicts = await loadVerdicts();
    for (const entry of entries) entry.text.verdict = verdicts[entry.at].toLowerCase();
    if (turn !== filtered) return;
  }
  const least = byId("gain").value === "" ? -Infinity : Number(byId("gain").value);
  const chosen = ["family", "layer", "standing"].map((id) => [id, byId(id).value]);
  listed = entries.filter(({ card, text }) =>
    chosen.every(([key, value]) => !value || card[key] === value)
    && (least === -Infinity || (isNumber(card.gain) && card.gain >= least))
    && wanted.every((word) => text[within].includes(word)));
  const key = byId("sort").value.replace("-", "");
  const sign = byId("sort").value.startsWith("-") ? -1 : 1;
  listed.sort((one, other) => compare(one.keys[key], other.keys[key], sign));
  for (const head of document.querySelectorAll("#list [data-sort]")) {
    const order = sign < 0 ? "descending" : "ascending";
    if (head.dataset.sort === key) head.setAttribute("aria-sort", order);
    else head.removeAttribute("aria-sort");
  }
  showPage(0);
}

// Missing numbers come last in either order.
function compare(one, other, sign) {
  if (one === null || other === null) return (one === null) - (other === null);
  return sign * (typeof one === "string" ? COLLATOR.compare(one, other) : one - other);
}

function showPage(from) {
  start = Math.min(Math.max(0, from), Math.max(0, listed.length - 1));
  start -= start % PAGE;
  const end = Math.min(start + PAGE, listed.length);
  const top = Math.max(...entries.map(({ card }) => card.gain ?? 0), 1e-9);
  byId("list").querySelector("tbody").replaceChildren(
    ...listed.slice(start, end).map((entry) => row(entry, top)));
  byId("list").hidden = !listed.length;
  byId("count").textContent = listed.length
    ? `${fixed(listed.length, 0)} of ${plural(entries.length, "neuron", "neurons")}`
    : "No neuron fits. Fewer words or filters find more.";
  byId("pages").hidden = listed.length <= PAGE;
  byId("page").textContent = `${fixed(start + 1, 0)} to ${fixed(end, 0)}`;
  byId("before").disabled = start === 0;
  byId("next").disabled = end === listed.length;
}

function turnTo(from) {
  showPage(from);
  keepAddress();
  byId("count").scrollIntoView();
  byId("list").querySelector("tbody a")?.focus({ preventScroll: true });
}

function row({ card, keys }, top) {
  const { dream, best, state } = card;
  const bar = make("span", { class: "gain-bar", "aria-hidden": "true" });
  bar.style.setProperty("--share", Math.max(0, Math.min(1, card.gain / top)));
  const cell = (name, content) => make("td", { role: "cell", class: name }, content);
  return make("tr", { role: "row" },
    make("th", { role: "rowheader", scope: "row" },
      make("a", { href: linkTo(card.neuron) }, card.label)),
    cell("texts", [make("span", { class: "dream" }, dream),
      best && make("span", { class: "corpus" }, make("span", { class: "unseen" }, "corpus: "), best),
    state && make("span", { class: "state" }, term(state))]),
    cell("number", [make("span", { class: "label" }, "above the mean "), signed(keys.height, 2)]),
    cell("number", [make("span", { class: "label" }, "gain "), signed(card.gain, 2), " ",
      make("span", { class: "symbol", title: card.standing, role: "img",
        "aria-label": card.standing }, SYMBOLS[card.standing]), bar]));
}

function walkRows(event) {
  if (!["ArrowDown", "ArrowUp"].includes(event.key)) return;
  const links = [...byId("list").querySelectorAll("tbody a")];
  const at = links.indexOf(document.activeElement);
  if (at < 0 && document.activeElement !== byId("search")) return;
  event.preventDefault();
  const next = at + (event.key === "ArrowDown" ? 1 : -1);
  (next < 0 ? byId("search") : links[Math.min(next, links.length - 1)])?.focus();
}
