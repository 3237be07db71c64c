// Charts: drawn when they come into sight, drawn again in other colours when the scheme changes.

const drawn = new Map(); // the element of a chart -> its specification, and its view once drawn
const sight = new IntersectionObserver((entries) => {
  for (const entry of entries) if (entry.isIntersecting) draw(entry.target);
}, { rootMargin: "200px" });

// A figure of a specification with its rows of data, what it shows in words, and its numbers.
function chart(spec, { caption = null, label = null, data = {}, columns = null, rows = [], open = null }) {
  const place = make("div", { class: "chart", role: "img", "aria-label": label || caption });
  drawn.set(place, { spec: { ...spec, datasets: data }, open, view: null });
  sight.observe(place);
  const numbers = columns && make("details", {}, make("summary", {}, "Numbers"),
    table(caption, columns, rows));
  return make("figure", {}, caption && make("figcaption", {}, caption), place, numbers);
}

async function draw(place) {
  sight.unobserve(place);
  const state = drawn.get(place);
  if (!state) return;
  try {
    await loadLibrary();
    if (!drawn.has(place)) return; // forgotten meanwhile
    // `ast` has expressions interpreted, so that the page's policy need not allow code from text.
    const result = await vegaEmbed(place, structuredClone(state.spec), {
      mode: "vega-lite", renderer: "svg", actions: false, ast: true, defaultStyle: false,
      config: DATA.themes[scheme()], tooltip: showTooltip, logLevel: 1, // errors
    });
    state.view?.finalize();
    state.view = result.view;
    place.style.minHeight = "0";
    if (state.open) {
      result.view.addEventListener("click", (event, item) => item?.datum && state.open(item.datum));
    }
  } catch (error) {
    console.error(error);
    place.replaceChildren(make("p", { class: "note" }, "This chart could not be drawn."));
  }
}

// Put other rows into a chart, now and whenever it is drawn again.
function changeData(place, name, rows) {
  const state = drawn.get(place);
  state.spec.datasets[name] = rows;
  state.view?.data(name, structuredClone(rows)).runAsync();
}

function redrawCharts() {
  for (const [place, state] of drawn) if (state.view) draw(place);
}

function forgetCharts(within) {
  for (const [place, state] of drawn) {
    if (!within.contains(place)) continue;
    sight.unobserve(place);
    state.view?.finalize();
    drawn.delete(place);
  }
}

function showTooltip(handler, event, item, value) {
  const tooltip = byId("tooltip");
  tooltip.hidden = !value;
  if (!value) return;
  tooltip.replaceChildren(make("dl", {}, Object.entries(value).map(([name, text]) =>
    [make("dt", {}, name), make("dd", {}, String(text))])));
  const { width, height } = tooltip.getBoundingClientRect();
  const left = Math.min(event.clientX + 12, innerWidth - width - 8);
  const top = event.clientY + 16 + height > innerHeight ? event.clientY - height - 8
    : event.clientY + 16;
  tooltip.style.left = `${Math.max(8, left)}px`;
  tooltip.style.top = `${Math.max(8, top)}px`;
}
