// Which exercises this reader has solved: kept in this browser, told to nobody.
const solved = (() => {
  const KEY = "unravelling: solved";
  let here = new Set(); // for as long as the page is open, where the browser keeps nothing

  const all = () => {
    try {
      const kept = JSON.parse(localStorage.getItem(KEY) ?? "[]");
      return new Set([...here, ...(Array.isArray(kept) ? kept : [])]);
    } catch {
      return here;
    }
  };
  const keep = (labels) => {
    here = labels;
    try {
      localStorage.setItem(KEY, JSON.stringify([...labels].sort()));
    } catch {
      // All works but the memory.
    }
  };
  return {
    has: (label) => all().has(label),
    add: (label) => keep(all().add(label)),
    forget: () => keep(new Set()),
  };
})();

// On the front page, how many of each chapter.
for (const tally of document.querySelectorAll(".tally")) {
  const button = tally.querySelector("button");
  const fill = () => {
    let some = false;
    for (const count of tally.querySelectorAll("[data-labels]")) {
      const labels = count.dataset.labels.split(" ");
      const done = labels.filter(solved.has).length;
      count.textContent = `${done} of ${labels.length}`;
      count.classList.toggle("all", done === labels.length);
      some ||= done > 0;
    }
    button.hidden = !some;
  };
  button.addEventListener("click", () => {
    if (!confirm("Forget which exercises are solved? This cannot be undone.")) return;
    solved.forget();
    fill();
    tally.querySelector("[role=status]").textContent = "Forgotten.";
  });
  addEventListener("pageshow", fill); // also where the reader comes back to it
  fill();
}
