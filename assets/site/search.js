// Finding: the records of the book, fetched at the first search, and a dialog that lists what fits.

import MiniSearch from "../search/minisearch.js";

const root = document.body.dataset.root;
const style = document.createElement("link");
style.rel = "stylesheet";
style.href = new URL("search.css", import.meta.url);
const styled = new Promise((resolve) => { style.onload = style.onerror = resolve; });
document.head.append(style);

const SHOWN = 20;
const BOOST = { title: 6, names: 5, numbered: 4, text: 1, more: 0.5 };
// What a word is most likely meant to find, where several have it.
const WEIGHT = {
  Term: 1.8, Symbol: 1.8, Definition: 1.5, Chapter: 1.5, Theorem: 1.2, Function: 1.1, Source: 0.6, Method: 0.8,
};

// ── the engine ─────────────────────────────────────────────────────────────────────────────────

let letters, pages, records, sign, called;
// A letter and its name are one word, ŷ is a y, and 5.3 is one number.
const words = (text) => text.toLowerCase().replace(sign, (letter) => ` ${letters[letter]} `)
  .normalize("NFKD").replace(/\p{M}/gu, "").match(/\d+(?:\.\d+)+|[\p{L}\p{N}]+/gu) ?? [];
const whole = (text) => words(text).join(" ");

const engine = new MiniSearch({
  fields: Object.keys(BOOST),
  tokenize: words,
  processTerm: (term) => term,
  searchOptions: {
    boost: BOOST,
    combineWith: "AND",
    prefix: (term) => !/^\d/.test(term),
    // How many letters may be wrong.
    fuzzy: (term) => !/\d/.test(term) && Math.min(Math.floor(term.length / 3.5), 2),
  },
});

async function read() {
  const answer = await fetch(`${root}search/records.json`, { cache: "no-cache" });
  ({ letters, pages, records } = await answer.json());
  sign = new RegExp(`[${Object.keys(letters).join("")}]`, "gu");
  // What it is called in full comes first.
  called = records.map(({ kind, number, title, names = "" }) => new Set(
    [title, names, ...names.split(" "), number, number && `${kind} ${number}`].filter(Boolean).map(whole)));
  const rows = records.map((record, id) => ({ ...record, id, numbered: record.number && `${record.kind} ${record.number}` }));
  await engine.addAllAsync(rows, { chunkSize: 100 });
}
const ready = read();

function find(query) {
  const asked = whole(query);
  const boostDocument = (id) => (WEIGHT[records[id].kind] ?? 1) * (called[id].has(asked) ? 8 : 1);
  const found = engine.search(query, { boostDocument });
  return found.length ? found : engine.search(query, { boostDocument, combineWith: "OR" });
}

// ── what is shown of a record ──────────────────────────────────────────────────────────────────

function element(name, className, ...children) {
  const one = document.createElement(name);
  if (className) one.className = className;
  one.append(...children);
  return one;
}

// The text with what was found in it marked: a word, or the beginning of one.
function marked(text, terms) {
  const parts = text.split(/(\d+(?:\.\d+)+|[\p{L}\p{N}]+|[∇∂∑∏∫])/u);
  return parts.map((part, i) => (i % 2 && words(part).some((word) => terms.has(word)) ? element("mark", "", part) : part));
}

// As much of a text as two lines hold, from shortly before the first word that was found.
function excerpt(text, terms) {
  const first = text.match(/[\p{L}\p{N}]+|[∇∂∑∏∫]/gu)?.find((part) => words(part).some((word) => terms.has(word)));
  const place = first ? text.search(new RegExp(`(?<![\\p{L}\\p{N}])${first}(?![\\p{L}\\p{N}])`, "u")) : 0;
  const start = place < 80 ? 0 : text.lastIndexOf(" ", place - 50) + 1;
  const end = text.length < start + 200 ? text.length : text.lastIndexOf(" ", start + 200);
  return `${start ? "… " : ""}${text.slice(start, end)}${end < text.length ? " …" : ""}`;
}

function row({ id, terms }) {
  const { kind, number, title, url, text = "" } = records[id];
  const found = new Set(terms);
  const link = element("a", "", element("small", "", [kind, number].filter(Boolean).join(" ")), " ",
    element("b", "", ...marked(title, found)));
  link.href = root + url;
  const page = pages[url.split("#")[0]];
  if (page !== title) link.append(" ", element("small", "", page));
  if (text) link.append(element("span", "", ...marked(excerpt(text, found), found)));
  return element("li", "", link);
}

// ── the dialog ─────────────────────────────────────────────────────────────────────────────────

const dialog = element("dialog", "search");
dialog.setAttribute("aria-label", "Search");
dialog.innerHTML = `<form method="dialog" role="search">
<input type="search" aria-label="Search the book" placeholder="A word, a letter, a number such as 5.3" enterkeyhint="go"
  autocomplete="off" autocapitalize="off" spellcheck="false">
<button>Close</button></form>
<p role="status"></p><ol></ol>
<label><input type="checkbox"> The key / opens this search</label>`;
document.body.append(dialog);
const [field, status, list, slash] = ["input", "p", "ol", "label input"].map((name) => dialog.querySelector(name));

dialog.ariaBusy = true;
ready.then(() => dialog.removeAttribute("aria-busy"), () => {
  status.textContent = "What there is to find could not be fetched; load the page again once the network is back.";
});

async function show() {
  await ready;
  const query = field.value.trim();
  const found = query ? find(query) : [];
  list.replaceChildren(...found.slice(0, SHOWN).map(row));
  const count = found.length === 1 ? "1 place" : `${found.length} places`;
  status.textContent = !query ? "" : found.length > SHOWN ? `${count}; the first ${SHOWN}` : found.length ? count
    : `Nothing in the book is called, or says, “${query}”.`;
  dialog.scrollTop = 0;
}

// The arrows go through the list and back to the field; Enter in the field opens the first.
dialog.addEventListener("keydown", (event) => {
  const links = [field, ...list.querySelectorAll("a")];
  const at = links.indexOf(document.activeElement);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && at >= 0) {
    event.preventDefault();
    links[Math.min(Math.max(at + step, 0), links.length - 1)].focus();
  } else if (event.key === "Enter" && at === 0) {
    event.preventDefault();
    links[1]?.click();
  } else if (event.key === "Escape") {
    // Some browsers would only empty the field.
    event.preventDefault();
    dialog.close();
  }
});
field.addEventListener("input", show);
// Who speaks to the machine may not want a single letter to be a command; a browser that keeps nothing cannot be told.
try {
  slash.checked = localStorage.getItem("slash") !== "off";
  slash.addEventListener("change", () => localStorage.setItem("slash", slash.checked ? "on" : "off"));
} catch {
  slash.parentElement.remove();
}
dialog.addEventListener("click", (event) => {
  if (event.target === dialog || event.target.closest("a")) dialog.close();
});

export async function open() {
  await styled;
  if (!dialog.open) dialog.showModal();
  field.select();
}
