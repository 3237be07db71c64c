// What is shown: the address decides, so that links open straight and the browser's back works.

const VIEWS = ["overview", "neurons", "neuron"];
const dark = matchMedia("(prefers-color-scheme: dark)");
let from = "#neurons"; // where Escape leads back to
let last = null; // the neuron shown last, whose row takes the focus on the way back

function open(name) {
  location.hash = linkTo(name);
}

function nameIn(address) {
  try {
    return decodeURIComponent(address);
  } catch {
    return address; // a name with a bare percent sign, typed by hand
  }
}

async function show(event) {
  const address = location.hash;
  const [, name] = /^#neuron=(.*)$/s.exec(address) || [];
  const view = name !== undefined ? "neuron"
    : /^#neurons(\?|$)/.test(address) ? "neurons" : "overview";
  const main = byId("main");
  main.setAttribute("aria-busy", "true");
  hideTip();
  byId("tooltip").hidden = true;
  const stale = () => location.hash !== address; // somebody has gone on meanwhile
  if (view === "neuron") {
    last = nameIn(name);
    await showCard(last, stale);
  } else {
    if (view === "neurons") await followAddress(address);
    from = address || "#overview";
  }
  if (stale()) return;
  for (const other of VIEWS) byId(`view-${other}`).hidden = other !== view;
  for (const link of document.querySelectorAll(".bar nav a:not(.brand)")) {
    if (link.hash === `#${view}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const heading = byId(`view-${view}`).querySelector("h1");
  document.title = view === "overview" ? "neurondream" : `${heading.textContent} · neurondream`;
  main.removeAttribute("aria-busy");
  // Charts that were hidden while the window changed have to measure their width again.
  dispatchEvent(new Event("resize"));
  if (!event) return;
  const row = view === "neurons" && [...document.querySelectorAll("#list tbody a")]
    .find((link) => link.hash === linkTo(last));
  if (row) row.focus();
  else if (event.key !== "/") {
    heading.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
}

function scheme() {
  return document.documentElement.dataset.theme || (dark.matches ? "dark" : "light");
}

// The button goes round: as the system has it, light, dark.
const SCHEMES = ["system", "light", "dark"];

function keptScheme(...kept) {
  try {
    if (kept.length) localStorage.setItem("neurondream.scheme", kept[0]);
    return localStorage.getItem("neurondream.scheme");
  } catch {
    return null; // where nothing may be kept
  }
}

function chooseScheme(name) {
  const root = document.documentElement;
  if (name === "system") delete root.dataset.theme;
  else root.dataset.theme = name;
  byId("theme").textContent = begin(name);
  byId("theme").setAttribute("aria-label", `Colours: ${name}`);
  redrawCharts();
}

function switchScheme() {
  const now = document.documentElement.dataset.theme || "system";
  const next = SCHEMES[(SCHEMES.indexOf(now) + 1) % SCHEMES.length];
  keptScheme(next);
  chooseScheme(next);
}

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.closest("input, select, textarea");
  if (event.key === "/" && !typing) {
    event.preventDefault();
    last = null;
    if (byId("view-neurons").hidden) {
      history.pushState(null, "", from.startsWith("#neurons") ? from : "#neurons");
      show(event).then(() => byId("search").focus());
    } else byId("search").focus();
  } else if (event.key === "Escape" && !byId("view-neuron").hidden) {
    location.hash = from;
  }
}

async function openPage() {
  DATA = await unpackValue("index");
  chooseScheme(SCHEMES.includes(keptScheme()) ? keptScheme() : "system");
  fillOverview();
  await prepareList();
  prepareTips();
  byId("theme").addEventListener("click", switchScheme);
  byId("skip").addEventListener("click", (event) => {
    event.preventDefault();
    byId("main").focus();
  });
  dark.addEventListener("change", redrawCharts);
  addEventListener("hashchange", show);
  addEventListener("keydown", press);
  await show();
  performance.mark("shown");
}

openPage().catch((error) => {
  console.error(error);
  byId("main").append(make("p", { role: "alert" }, "This page could not be unpacked; it needs a "
    + "browser of 2023 or later."));
});
