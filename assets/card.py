"""The pictures that stand for the book elsewhere, taken from the built site: `python assets/card.py`.

assets/page.png is the README's; assets/site/card.png is what others show beside a link to the book.
"""

import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
PAGE = HERE.parent / "_build" / "html" / "chapters" / "backpropagation.html"
# A section with a theorem, its derivation, and the code that says the same.
SECTION = (
    'document.getElementById("error-of-a-hidden-layer").closest("section section").scrollIntoView()'
)
# The title, and the theorem as the page shows it; nothing else.
CARD = """
document.body.innerHTML = `<h1>${document.querySelector(".title").textContent}</h1>
  <article>${document.getElementById("error-of-a-hidden-layer").outerHTML}</article>`;
"""
CARD_STYLE = """
body { padding: 1.6rem 2.4rem; overflow: hidden; }
h1 { font: 650 2rem/1.2 var(--sans); margin: 0 0 1rem; }
"""


def take(browser, path, width, height, script, style="html {}", zoom=1.0):
    """A picture of that many pixels, of the page after a script and with a style."""
    size = {"width": round(width / zoom), "height": round(height / zoom)}
    page = browser.new_page(device_scale_factor=zoom, viewport=size, bypass_csp=True)
    page.goto(PAGE.as_uri())
    page.add_style_tag(content=style)
    page.evaluate(script)
    page.wait_for_timeout(500)
    page.screenshot(path=path)


if __name__ == "__main__":
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        take(browser, HERE / "page.png", 1280, 1500, SECTION)
        take(browser, HERE / "site" / "card.png", 1200, 630, CARD, CARD_STYLE, zoom=1.22)
        browser.close()
