// A person's own words, where the page is served: read by a neuron, or dreamt around.

let typed = ""; // kept from card to card
let dreaming = null; // the last dream that was asked for, as the server tells of it
let asking = null; // waits to ask for it again
const PATIENCE = 4; // times that no answer is not yet the end
let tried = null; // the card that these parts stand in

async function ask(method, path, body) {
  const headers = { "Content-Type": "application/json", "X-Token": DATA.served.token };
  let response;
  try {
    response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  } catch {
    throw new Error("The server does not answer; start it again.");
  }
  const answer = await response.json().catch(() => ({})); // where it is too busy, it says so plainly
  if (!response.ok || !answer) {
    throw new Error(begin(answer?.error || `the server answers ${response.status}; try again`));
  }
  return answer;
}

function tryWords(card) {
  if (!DATA.served) return null;
  tried = card;
  const piece = pieceName(card.dream.ngram);
  const field = (id, label, attributes) => make("p", {}, make("label", { for: id }, label),
    make("input", { id, autocomplete: "off", spellcheck: "false", ...attributes }));
  const form = (label, submit, ...children) => make("form", {
    class: "try", "aria-label": label, keydown: (event) => event.key === "Escape"
      && event.stopPropagation(),
    submit: (event) => { event.preventDefault(); submit(); },
  }, children);
  const { characters, words } = DATA.served;
  const read = form("Read a text", () => readTyped(card),
    field("own-text", "A text to read", { value: typed, maxlength: characters, class: "wide",
      placeholder: card.corpus.best[0]?.ngram.text,
      input: (event) => { typed = event.target.value; } }),
    make("button", {}, "Read"));
  const dream = form("Dream again", () => dreamWished(card),
    field("own-length", `${begin(piece)}s`, { type: "number", min: 1, max: words, required: true,
      value: Math.min(words, card.dream.ngram.pieces.length) }),
    field("own-ban", "Without these words", { placeholder: "dog, dogs", maxlength: characters }),
    field("own-beginning", "After this beginning", { placeholder: "two", maxlength: characters }),
    make("button", { id: "own-dream" }, "Dream"),
    make("button", { id: "own-stop", type: "button", hidden: true, click: stopDreaming }, "Stop"));
  const parts = section("Try your own words",
    read, make("div", { id: "own-reading", role: "status" }),
    make("h3", {}, "Or have the neuron dream again, in a few quick climbs"),
    dream, make("p", { id: "own-state", role: "status" }),
    make("progress", { id: "own-progress", "aria-label": "Climbs", hidden: true }),
    make("div", { id: "own-dreamt" }));
  setTimeout(follow); // what is being dreamt, once this stands in the document
  return parts;
}

// Pieces in a row, shaded by the activation after each, which stands below.
function shadedReading(title, { ngram, values, word, beginnings }, card) {
  const { mean } = card.corpus;
  const height = card.dream.score - mean;
  const items = ngram.pieces.map((piece, i) => {
    const value = activation(values[i], card) || "–";
    const item = make("li", { title: `${value} after “${piece}”` },
      make(i === word ? "strong" : "span", { class: "word" }, seen(piece)),
      make("span", { class: "share" }, make("span", { class: "unseen" }, "activation "), value));
    const share = height > 0 && isNumber(values[i]) ? (values[i] - mean) / height : 0;
    item.style.setProperty("--share", Math.max(0, Math.min(1, share)));
    return item;
  });
  return make("div", { class: "reading" }, make("h3", {}, title),
    make("ol", { class: "words" }, items),
    beginnings > 0 && make("p", { class: "note" }, "The shades are read from the start, the "
      + `activation behind ${plural(beginnings, "beginning", "beginnings")}, as n-grams are.`));
}

async function readTyped(card) {
  const place = byId("own-reading");
  place.textContent = "Reading …";
  try {
    const reading = await ask("POST", "/texts", { neuron: card.neuron, text: typed });
    forgetCharts(place);
    place.replaceChildren(...[
      shadedReading("As this neuron reads it", reading, card), whereItLies(reading, card),
      reading.unknown && make("p", { class: "note" },
        `${plural(reading.unknown, "word is", "words are")} unknown to the model, `
        + "and read as one that stands for all of these."),
      isNumber(reading.score) && amongCorpus(reading.score, card),
    ].filter(Boolean));
  } catch (error) {
    place.replaceChildren(make("p", { role: "alert" }, error.message));
  }
}

function whereItLies({ score, word, ngram, among, beginnings }, card) {
  if (!isNumber(score)) return make("p", {}, "Its activation is no finite number.");
  const share = (value) => percent(value, value > 0.99 ? 1 : 0);
  const of = `${fixed(card.corpus.total, 0)} corpus n-grams`;
  const at = card.place === "last" || card.place === "max"
    ? `Highest after “${ngram.pieces[word].trim()}”` : `Read at its place (${card.place})`;
  const behind = beginnings > 0 ? `, the mean behind ${plural(beginnings, "beginning", "beginnings")}`
    : "";
  const lies = among.higher === 0 ? `none of ${of} is higher`
    : among.higher ? `only ${among.higher} of ${of} ${among.higher === 1 ? "is" : "are"} higher`
      : isNumber(among.above) ? `higher than ${share(among.above)} of ${of}${
        isNumber(among.below) ? `, but not than ${share(among.below)}` : ""}`
        : isNumber(among.below) ? `no higher than ${among.below === 0.5 ? "half"
          : share(1 - among.below)} of ${of}` : null;
  const height = card.dream.score - card.corpus.mean;
  return make("p", {}, `${at}: ${activation(score, card)}${behind}`, lies && `, ${lies}`,
    isNumber(among.deviations) && ` (${signed(among.deviations, 1)} deviations from their mean)`,
    height > 0 && `; ${percent((score - card.corpus.mean) / height)} of the dream’s height`, ".");
}

// The histogram of the corpus with the text marked; a line with both where a run has none.
function amongCorpus(score, card) {
  const figure = corpusHistogram(card);
  if (!figure) return rangeChart(card, "Among the corpus and the dream", [["your text", score]]);
  const place = figure.querySelector(".chart");
  const { marks } = drawn.get(place).spec.datasets;
  changeData(place, "marks", [...marks, { label: "your text", value: score }]);
  return figure;
}

async function dreamWished(card) {
  const ban = byId("own-ban").value.split(",").map((word) => word.trim()).filter(Boolean);
  try {
    dreaming = await ask("POST", "/dream", { neuron: card.neuron, ban,
      length: byId("own-length").valueAsNumber, beginning: byId("own-beginning").value });
    showDreaming();
    follow();
  } catch (error) {
    byId("own-state").textContent = error.message;
  }
}

async function stopDreaming() {
  byId("own-stop").disabled = true;
  await ask("DELETE", "/dream").catch((error) => {
    byId("own-stop").disabled = false;
    byId("own-state").textContent = error.message;
  });
}

// Ask how far the dream is until it is done.
async function follow(again = PATIENCE) {
  clearTimeout(asking);
  try {
    dreaming = await ask("GET", "/dream");
  } catch (error) {
    if (again) asking = setTimeout(follow, 1500, again - 1);
    else if (byId("own-state")) {
      byId("own-state").textContent = error.message;
      byId("own-dream").disabled = false; // to be pressed again
    }
    return;
  }
  showDreaming();
  if (dreaming.state === "running") asking = setTimeout(follow, 400);
}

// Show it in the card of its neuron, whichever card stands there by now.
function showDreaming() {
  const { state, done, total, found, wish, error, neuron } = dreaming;
  const card = tried;
  if (neuron !== card.neuron || !byId("own-dreamt")) return;
  const running = state === "running";
  byId("own-dream").disabled = running;
  byId("own-stop").hidden = !running;
  if (!running) byId("own-stop").disabled = false;
  byId("own-progress").hidden = !running;
  byId("own-progress").max = total;
  if (done) byId("own-progress").value = done;
  else byId("own-progress").removeAttribute("value"); // how long to compile takes is not known
  const wished = [wish.ban.length && `without ${wish.ban.join(", ")}`,
    wish.beginning && `after “${wish.beginning}”`].filter(Boolean).join(", ");
  const piece = pieceName(card.dream.ngram);
  const climbs = `${done} of ${plural(total, "climb", "climbs")}`;
  byId("own-state").textContent = state === "failed" ? begin(error)
    : running && !done ? `Compiling for ${plural(wish.length, piece, `${piece}s`)}, once …`
      : `${running ? `${climbs} …` : `Best of ${plural(done, "climb", "climbs")}`}${
        wished && `, ${wished}`}`;
  if (!found) return void byId("own-dreamt").replaceChildren();
  byId("own-dreamt").replaceChildren(make("div", { class: "columns" },
    shadedReading(`${found.dream.ngram.text === found.before?.ngram.text ? "The same again" : "New dream"
    }, ${activation(found.dream.score, card)}`, found.dream, card),
    found.before && shadedReading(`Dream of this card, ${activation(found.before.score, card)}${
      wish.beginning && ` after “${wish.beginning}”`}`, found.before, card)));
}
