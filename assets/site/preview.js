// What a link leads to, in a card beside it: a statement, an equation, a word, before one goes there.

const DELAY = 350; // milliseconds of pointing before the card shows
const GRACE = 250; // and of pointing elsewhere before it goes: enough to reach the card

// What a card is too small for.
const LEFT_OUT = ".derivation, details, .box, .headerlink, .copy, aside.margin, form, script";
const fetched = new Map();
let card, opening, leaving, shown;

// The page that a link leads to, fetched once.
async function pageOf(link) {
  const url = link.href.split("#")[0];
  if (url === location.href.split("#")[0]) return document;
  if (!fetched.has(url)) {
    fetched.set(url, fetch(url).then((answer) => answer.text())
      .then((html) => new DOMParser().parseFromString(html, "text/html")));
  }
  return fetched.get(url);
}

// Of what stands at an address the parts that say what it is.
function partsOf(target) {
  if (target.matches("dt")) return [target, target.nextElementSibling?.querySelector("p") ?? ""];
  if (target.matches("div.proof, div.exercise, div.math, figure, div.citation, tr")) return [target];
  if (target.matches("section, section > span, main")) {
    const section = target.closest("section, main");
    return [section.querySelector("h1, h2, h3"), section.querySelector(":scope > .question, :scope > p:not(.part)")];
  }
  return [];
}

function copied(part) {
  const copy = part.cloneNode(true);
  for (const one of copy.querySelectorAll(LEFT_OUT)) one.remove();
  for (const one of [copy, ...copy.querySelectorAll("[id], [tabindex]")]) {
    one.removeAttribute("id");
    one.removeAttribute("tabindex");
  }
  return copy;
}

// A row needs its table, and a word its list, to be set as they are there.
function framed(parts) {
  const frame = { TR: ["table", "tbody"], DT: ["dl"] }[parts[0].tagName] ?? [];
  return frame.reduceRight((inside, name) => {
    const around = document.createElement(name);
    around.append(...inside);
    return [around];
  }, parts);
}

function place(link) {
  const { left, bottom, top } = link.getClientRects()[0];
  const { width, height } = card.getBoundingClientRect();
  const below = bottom + height + 12 < innerHeight || top < height + 12;
  card.style.left = `${scrollX + Math.max(12, Math.min(left, innerWidth - width - 24))}px`;
  card.style.top = `${scrollY + (below ? bottom + 6 : top - height - 6)}px`;
}

async function show(link) {
  const target = (await pageOf(link)).getElementById(decodeURIComponent(link.hash.slice(1)));
  const parts = target && !target.contains(link) ? partsOf(target).filter(Boolean).map(copied) : [];
  if (!parts.length || shown !== link || !held()) return;
  card ??= make();
  card.replaceChildren(...framed(parts));
  card.showPopover();
  place(link);
}

// As long as the pointer is on the link or on the card, or the link has the focus.
function held() {
  return shown.matches(":hover, :focus-visible") || card?.matches(":hover");
}

function hide() {
  clearTimeout(opening);
  shown = undefined;
  if (card?.matches(":popover-open")) card.hidePopover();
}

function leave() {
  clearTimeout(leaving);
  leaving = setTimeout(() => shown && !held() && hide(), GRACE);
}

function make() {
  const made = document.createElement("article");
  made.className = "preview";
  made.popover = "manual";
  made.setAttribute("aria-label", "What the link leads to");
  document.getElementById("main").append(made);
  return made;
}

for (const event of ["pointerover", "focusout"]) document.addEventListener(event, leave);
addEventListener("keydown", (event) => event.key === "Escape" && hide());
addEventListener("click", hide);

export function preview(link) {
  if (link === shown || link.closest(".preview")) return;
  hide();
  shown = link;
  opening = setTimeout(show, DELAY, link);
}
