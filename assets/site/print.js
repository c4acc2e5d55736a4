// Nothing scrolls on paper: print.css sets smaller what is wider than its column, by its width in its own letters.
const held = [...document.querySelectorAll("article :is(.scroll, .step > p:nth-child(2))")];
addEventListener("beforeprint", () => {
  for (const box of held) box.style.width = "0";
  const widths = held.map((box) => {
    const letters = parseFloat(getComputedStyle(box.firstElementChild ?? box).fontSize);
    return box.scrollWidth / letters;
  });
  held.forEach((box, i) => {
    box.style.width = "";
    box.style.setProperty("--wide", widths[i].toFixed(2));
  });
});
