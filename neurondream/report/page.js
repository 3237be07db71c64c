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

function show(event) {
  const [, name] = /^#neuron=(.*)$/s.exec(location.hash) || [];
  const view = name !== undefined ? "neuron" : location.hash === "#neurons" ? "neurons" : "overview";
  for (const other of VIEWS) byId(`view-${other}`).hidden = other !== view;
  for (const link of document.querySelectorAll(".bar nav a:not(.brand)")) {
    if (link.hash === `#${view}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  byId("tooltip").hidden = true;
  if (view === "neuron") {
    last = nameIn(name);
    showCard(last);
  } else {
    from = `#${view}`;
  }
  const heading = byId(`view-${view}`).querySelector("h1");
  document.title = view === "overview" ? "neurondream" : `${heading.textContent} · neurondream`;
  // Charts that were hidden while the window changed have to measure their width again.
  dispatchEvent(new Event("resize"));
  if (!event) return;
  const row = view === "neurons" && [...document.querySelectorAll("#list tbody a")]
    .find((link) => link.hash === linkTo(last));
  if (row) row.focus();
  else {
    heading.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
}

function scheme() {
  return document.documentElement.dataset.theme || (dark.matches ? "dark" : "light");
}

function switchScheme() {
  document.documentElement.dataset.theme = scheme() === "dark" ? "light" : "dark";
  followScheme();
}

function followScheme() {
  byId("theme").setAttribute("aria-pressed", scheme() === "dark");
  redrawCharts();
}

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.closest("input, select, textarea");
  if (event.key === "/" && !typing) {
    event.preventDefault();
    last = null;
    if (byId("view-neurons").hidden) {
      history.pushState(null, "", "#neurons");
      show(event);
    }
    byId("search").focus();
  } else if (event.key === "Escape" && !byId("view-neuron").hidden) {
    location.hash = from;
  }
}

fillOverview();
prepareList();
byId("theme").addEventListener("click", switchScheme);
byId("skip").addEventListener("click", (event) => {
  event.preventDefault();
  byId("main").focus();
});
dark.addEventListener("change", followScheme);
addEventListener("hashchange", show);
addEventListener("keydown", press);
followScheme();
show();
