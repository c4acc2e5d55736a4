// What may be wrong with a page as a browser shows it: each kind of fault, with the places where it is.
// Called with how many milliseconds the page may take until the keyboard reaches what scrolls.
async (patience) => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const place = (one) => `${one.localName}${one.id && `#${one.id}`} “${one.textContent.trim().slice(0, 60)}”`;

  const cutOff = (math) => {
    const { top, right, bottom, width } = math.getBoundingClientRect();
    if (!width) return false;
    for (let box = math.parentElement; box; box = box.parentElement) {
      const { overflowX, overflowY } = getComputedStyle(box);
      const edge = box.getBoundingClientRect();
      if (overflowY === "hidden" && (top < edge.top - 1 || bottom > edge.bottom + 1)) return true;
      if (overflowX === "auto" || overflowX === "scroll") return false;
      if (overflowX !== "visible" && right > edge.right + 1) return true;
    }
    return right > innerWidth + 1;
  };

  const scrolls = (box) => {
    const { overflowX, overflowY } = getComputedStyle(box);
    return (overflowX === "auto" && box.scrollWidth > box.clientWidth + 1)
      || (overflowY === "auto" && box.scrollHeight > box.clientHeight + 1);
  };
  const FOCUSABLE = "a[href], button, input, summary, [tabindex='0']";
  const unreachable = () => all("main :is(div, p, pre, span)")
    .filter((box) => scrolls(box) && !box.matches(FOCUSABLE) && !box.querySelector(FOCUSABLE));

  const repeated = () => {
    const seen = new Set();
    return all("[id]").filter(({ id }) => seen.has(id) || !seen.add(id));
  };
  const levels = () => all("h1, h2, h3, h4, h5, h6").map((heading) => Number(heading.localName[1]));

  const kinds = {
    "mathematics cut off": () => all("math").filter(cutOff),
    "wider than the window": () => (document.documentElement.scrollWidth > innerWidth
      ? [document.body, ...all("body *").filter((one) => one.getBoundingClientRect().right > innerWidth + 1).slice(-3)] : []),
    "scrolls, but not by keyboard": unreachable,
    "an id that is there twice": repeated,
    "not one heading of the first level": () => (all("h1").length === 1 ? [] : [document.body]),
    "a heading that skips a level": () => all("h1, h2, h3, h4, h5, h6").filter((_, i) => levels()[i] > (levels()[i - 1] ?? 0) + 1),
    "a figure without a caption": () => all("article img").filter((image) => !image.closest("figure")?.querySelector("figcaption")?.textContent.trim()),
    "an inline style": () => all("[style]").filter((one) => one.getAttribute("style") !== "content-visibility: visible;"),
  };

  for (const one of all("details")) one.open = true;
  const end = performance.now() + patience;
  while (unreachable().length && performance.now() < end) await new Promise((resume) => setTimeout(resume, 50));
  return Object.entries(kinds).flatMap(([kind, found]) => found().map((one) => `${kind}: ${place(one)}`));
}
