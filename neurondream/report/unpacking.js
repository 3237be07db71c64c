// What the page shows, unpacked from the file when it is asked for: the index at once, cards later.

const partTexts = new Map(); // name of a part -> promise of its text
const partValues = new Map(); // and of what is in it

function unpack(name) {
  if (!partTexts.has(name)) partTexts.set(name, decompress(byId(`part-${name}`)));
  return partTexts.get(name);
}

async function decompress(element) {
  const letters = atob(element.textContent);
  element.remove(); // it is needed once
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

function unpackValue(name) {
  if (!partValues.has(name)) {
    partValues.set(name, unpack(name).then((text) => {
      partTexts.delete(name);
      return unfold(JSON.parse(text));
    }));
  }
  return partValues.get(name);
}

// What was packed as columns, parts and digits, and n-grams whose text is their pieces with blanks
// between.
function unfold(value) {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(unfold);
  const inner = value["@of"];
  if (value["@same"]) return Array.from({ length: value["@same"] }, () => unfold(inner));
  if (value["@digits"]) return readDigits(value);
  if (value["@some"]) {
    const items = unfold(inner);
    let at = 0;
    return value["@some"].map((there) => (there ? items[at++] : null));
  }
  if (value["@parts"]) {
    const items = unfold(inner);
    let end = 0;
    return unfold(value["@parts"]).map((count) => items.slice(end, end += count));
  }
  if (value["@rows"]) {
    const columns = Object.entries(inner).map(([key, column]) => [key, unfold(column)]);
    return Array.from({ length: value["@rows"] }, (_, row) =>
      writeOut(Object.fromEntries(columns.map(([key, column]) => [key, column[row]]))));
  }
  return writeOut(Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, unfold(item)])));
}

// Numbers above a lowest one to the base 64: all first digits, then all second ones; 0 is null.
function readDigits({ "@digits": text, "@wide": wide, "@low": low, "@places": places }) {
  const count = text.length / wide;
  return Array.from({ length: count }, (_, at) => {
    let above = 0;
    for (let digit = at; digit < text.length; digit += count) {
      above = 64 * above + text.charCodeAt(digit) - 63;
    }
    return above ? (low + above - 1) / 10 ** places : null;
  });
}

function writeOut(value) {
  if (Array.isArray(value.pieces)) value.text ??= value.pieces.join(" ");
  return value;
}

async function loadCard(at) {
  const part = Math.floor(at / DATA.chunk);
  const [cards, told] = await Promise.all(
    [unpackValue(`cards-${part}`), unpackValue(`verdicts-${part}`)]);
  const [verdict, warnings] = told[at % DATA.chunk];
  return { ...cards[at % DATA.chunk], verdict, warnings };
}

// The sentences of all neurons, in their order.
async function loadVerdicts() {
  const parts = Math.ceil(DATA.rows.length / DATA.chunk);
  const told = await Promise.all(
    Array.from({ length: parts }, (_, part) => unpackValue(`verdicts-${part}`)));
  return told.flat().map((sentences) => sentences.flat().join("\n"));
}

// The charts' library runs because the page's policy has the hash of its text.
let library = null;

function loadLibrary() {
  library ??= unpack("library").then((text) => {
    partTexts.delete("library");
    const script = document.createElement("script");
    script.textContent = text;
    document.head.append(script);
  });
  return library;
}
