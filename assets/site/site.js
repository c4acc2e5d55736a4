// What a page does besides being read. Without it, everything can still be read.

// Light or dark: the other of the two that is shown, kept for every page.
const light = document.querySelector(".light");
light.hidden = false;
light.addEventListener("click", () => {
  const root = document.documentElement;
  const dark = getComputedStyle(root).colorScheme === "dark"
    || (!root.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.theme = dark ? "light" : "dark";
  try {
    localStorage.setItem("theme", root.dataset.theme);
  } catch {} // a browser that keeps nothing shows it on this page
});

// Whatever is wider than its column scrolls; the keyboard reaches it there. Results below the first screen are
// laid out for it (book.css) once the reader does anything, a few at a time.
const wide = ":is(.scroll, .long, .step > p, .entry > p, pre)";
const reach = (box) => {
  if (box.scrollWidth > box.clientWidth + 1 && getComputedStyle(box).overflowX === "auto") box.tabIndex = 0;
  else box.removeAttribute("tabindex");
};
const text = document.querySelectorAll(`article ${wide}`);
let waiting = [];
const some = () => {
  const end = performance.now() + 8; // milliseconds, half of a frame
  do reach(waiting.shift()); while (waiting.length && performance.now() < end);
  if (waiting.length) setTimeout(some);
};
const reachAll = () => {
  if (text.length && !waiting.length) setTimeout(some);
  waiting = [...text];
};
for (const event of ["keydown", "pointermove", "pointerdown", "scroll"]) addEventListener(event, reachAll, { once: true });
addEventListener("resize", reachAll);
addEventListener("toggle", ({ target }) => target.querySelectorAll(wide).forEach(reach), true);

// A formula that is copied is its TeX.
const written = (math) => {
  const tex = math.querySelector("annotation").textContent;
  return math.getAttribute("display") === "block" ? `$$${tex}$$` : `$${tex}$`;
};
addEventListener("copy", (event) => {
  const selection = getSelection();
  if (selection.isCollapsed) return;
  const range = selection.getRangeAt(0).cloneRange();
  const around = (node) => (node.closest ? node : node.parentElement).closest("math");
  const [first, last] = [around(range.startContainer), around(range.endContainer)];
  if (first) range.setStartBefore(first);
  if (last) range.setEndAfter(last);
  const copied = range.cloneContents();
  const formulas = copied.querySelectorAll("math:has(annotation)");
  if (!formulas.length) return;
  for (const math of formulas) math.replaceWith(written(math));
  const shown = document.createElement("div");
  shown.className = "unseen";
  shown.append(copied);
  document.body.append(shown);
  event.clipboardData.setData("text/plain", shown.innerText);
  shown.remove();
  event.preventDefault();
});

// Code has a button that copies it.
for (const pre of document.querySelectorAll(".cell_input pre, .highlight-sh pre, .highlight-python pre")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(pre.textContent.trimEnd());
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  pre.parentElement.append(button);
}

// In the contents, the section that is being read.
const links = new Map([...document.querySelectorAll('.contents a[href^="#"]')].map((a) => [a.hash.slice(1), a]));
const read = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue;
    for (const link of links.values()) link.removeAttribute("aria-current");
    links.get(target.id).setAttribute("aria-current", "location");
  }
}, { rootMargin: "-15% 0% -80%" });
for (const id of links.keys()) {
  const section = id && document.getElementById(id);
  if (section) read.observe(section);
}
addEventListener("load", () => document.querySelector(".contents li.current")?.scrollIntoView({ block: "nearest" }));

// Search is fetched when it is first asked for: by its button, by Ctrl-K, or by / (which can be turned off there).
const find = document.querySelector(".find");
const search = async () => (await import("./search.js")).open();
const slash = ({ key, target, ctrlKey, altKey }) => {
  if (key !== "/" || ctrlKey || altKey || target.closest("input, textarea")) return false;
  try {
    return localStorage.getItem("slash") !== "off";
  } catch {
    return true;
  }
};
find.hidden = false;
find.addEventListener("click", search);
addEventListener("keydown", (event) => {
  if (!slash(event) && !(event.key === "k" && (event.ctrlKey || event.metaKey))) return;
  event.preventDefault();
  search();
});

// A link to a result, a word or a formula shows it, where there is something to point with.
const preview = async ({ target }) => {
  const link = target.closest('article a[href*="#"]');
  if (link) (await import("./preview.js")).preview(link);
};
if (matchMedia("(hover: hover)").matches) {
  for (const event of ["pointerover", "focusin"]) document.addEventListener(event, preview);
}
