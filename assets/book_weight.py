"""What a browser fetches of each page of the book, and how long the book takes to build: `make weight`."""

import functools
import gzip
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).parents[1]
LIMIT = 450  # kB of a first visit without its figures
BROWSERS = "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"
# What a web server compresses; fonts and the checker's libraries are compressed already.
COMPRESSED = {".css", ".html", ".ipynb", ".js", ".json", ".mjs", ".svg", ".txt"}
FRONT = "chapters/index.html"

# All of a page at once, where it else waits for a moment of leisure (site.js) or for the reader to come near.
LAY_OUT = """async () => {
    for (const one of document.querySelectorAll("article :is(.proof, .entry)")) one.style.contentVisibility = "visible";
    for (const image of document.images) image.loading = "eager";
    document.body.getBoundingClientRect();
    await document.fonts.ready;
    await Promise.all([...document.images].map((image) => image.decode().catch(() => null)));
}"""


# ── building, serving, looking ──────────────────────────────────────────────────────────────────


def build(out, **environment):
    """Build the site anew below `out`, every warning an error; the finished process, with its words."""
    command = [Path(sys.executable).with_name("jupyter-book"), "build", ROOT, "--path-output", out]
    return subprocess.run(
        [*command, "-W", "-n", "--keep-going"],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )


class Compressing(SimpleHTTPRequestHandler):
    """Answers as a web server does: compressed, and in place of what is not there, with 404.html."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        found = path.exists()
        content, encoding = answer(path if found else Path(self.directory, "404.html"))
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", self.guess_type(path if found else "404.html"))
        if encoding:
            self.send_header("Content-Encoding", encoding)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        """Say nothing: the browser's own record is what is read."""


@functools.cache
def answer(path):
    content = path.read_bytes()
    return (gzip.compress(content), "gzip") if path.suffix in COMPRESSED else (content, "")


@contextmanager
def served(site):
    """The address of the site on this machine: a browser starts no worker from a file."""
    handler = functools.partial(Compressing, directory=site)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@contextmanager
def chromium():
    """A browser. Raises FileNotFoundError if there is none on PATH."""
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        looked = ", ".join(BROWSERS)
        raise FileNotFoundError(
            f"no browser on PATH (looked for {looked}): apt-get install chromium"
        )
    options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=options)
        yield browser
        browser.close()


def pages(site):
    """The address of every page below the site, without the redirection at its root."""
    names = [path.relative_to(site).as_posix() for path in site.rglob("*.html")]
    return sorted(name for name in names if name != "index.html" and not name.startswith("_static"))


# ── weighing ────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Visit:
    """A first visit to a page: the size of each file that it fetches, in bytes, and its elements."""

    page: str
    sizes: dict
    elements: int

    def kilobytes(self, wanted):
        return sum(size for url, size in self.sizes.items() if wanted(url)) / 1000

    @property
    def first(self):
        return self.kilobytes(lambda url: "/_images/" not in url)

    @property
    def figures(self):
        return self.kilobytes(lambda url: "/_images/" in url)

    def later(self, front):
        """After the front page: what that has not fetched already."""
        known = front.sizes.keys() - {url for url in self.sizes if url.endswith(self.page)}
        return self.kilobytes(lambda url: url not in known and "/_images/" not in url)


def visit(browser, origin, page):
    """The page in a browser that has seen nothing before, with all its figures."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    tab, finished = context.new_page(), []
    tab.on("requestfinished", lambda request: finished.append(request))
    tab.goto(f"{origin}/{page}", wait_until="load")
    tab.evaluate(LAY_OUT)
    tab.wait_for_load_state("networkidle")
    sizes = {request.url: request.sizes()["responseBodySize"] for request in finished}
    elements = tab.evaluate("document.querySelectorAll('*').length")
    context.close()
    return Visit(page, sizes, elements)


def visits(browser, origin, site):
    """The first visit to every page, the heaviest first."""
    found = [visit(browser, origin, page) for page in pages(site)]
    return sorted(found, key=lambda one: -one.first)


def table(found):
    """The lines of the table that `make weight` prints."""
    front = next(one for one in found if one.page == FRONT)
    width = max(len(one.page) for one in found)
    yield f"{'kB, compressed':{width}}  first visit  figures  later visit  requests  elements"
    for one in found:
        yield (
            f"{one.page:{width}}  {one.first:11.0f}  {one.figures:7.0f}  {one.later(front):11.0f}"
            f"  {len(one.sizes):8}  {one.elements:8}"
        )
    yield f"\nThe heaviest first visit, without figures: {found[0].first:.0f} kB of at most {LIMIT}."


def main():
    with tempfile.TemporaryDirectory() as folder:
        start = time.monotonic()
        built = build(folder)
        if built.returncode:
            sys.exit(built.stdout)
        print(f"The site is built in {time.monotonic() - start:.0f} s.\n")
        site = Path(folder, "_build", "html")
        with served(site) as origin, chromium() as browser:
            found = visits(browser, origin, site)
    print(*table(found), sep="\n")
    if found[0].first > LIMIT:
        sys.exit("That is too much.")


if __name__ == "__main__":
    main()
