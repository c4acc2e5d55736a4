// Whatever is wider than its column scrolls; let the keyboard reach it there.
const reach = () => {
  for (const box of document.querySelectorAll(".katex-display, .step > p, pre, .pst-scrollable-table-container")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
};
addEventListener("load", reach);
addEventListener("resize", reach);
