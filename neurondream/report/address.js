// The address of the list: what is searched, filtered and sorted by, and the page of it.

const FIELDS = ["search", "within", "family", "layer", "standing", "gain", "sort"];

function usual(field) {
  return field.tagName === "SELECT" ? field.options[0].value : "";
}

function writeAddress() {
  const parts = new URLSearchParams();
  for (const id of FIELDS) {
    const field = byId(id);
    if (field.value !== usual(field)) parts.set(id, field.value);
  }
  if (start) parts.set("page", start / PAGE + 1);
  return `#neurons${parts.size ? `?${parts}` : ""}`;
}

// Keep what the list shows in the address: a letter typed changes it, a choice is a step to go back.
function keepAddress(typed = false) {
  const address = writeAddress();
  if (byId("view-neurons").hidden || location.hash === address) return;
  if (typed) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
  from = address;
}

// Show the list as an address has it.
async function followAddress(address) {
  if (address === writeAddress()) return;
  const parts = new URLSearchParams(address.split("?").slice(1).join("?"));
  for (const id of FIELDS) {
    const field = byId(id);
    field.value = parts.get(id) ?? usual(field);
    if (field.tagName === "SELECT" && field.selectedIndex < 0) field.value = usual(field);
  }
  await filterList();
  const page = Number(parts.get("page"));
  if (Number.isInteger(page) && page > 1) showPage((page - 1) * PAGE);
}
