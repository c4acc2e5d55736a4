"""What several test modules share: the root of the project, the built site, a browser."""

import functools
import os
import shutil
import subprocess
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from tqdm import tqdm

settings.load_profile("ci")  # the same examples every time, and no deadline
# For `make mutants`: that a test fails is enough, no simpler example is looked for.
settings.register_profile("mutants", settings(), phases=[Phase.explicit, Phase.generate])
# A lock that processes do not share: a mutant stopped while it holds tqdm's own would stop the others.
tqdm.set_lock(threading.RLock())
ROOT = Path(__file__).parents[1]
NOWHERE = "http://127.0.0.1:9"  # the discard port: a build that asks for the network fails


@pytest.fixture(autouse=True)
def same_numbers(request):
    """Each test draws the same numbers from its module's rng, whichever tests ran before it."""
    bits = getattr(getattr(request.module, "rng", None), "bit_generator", None)
    state = bits and bits.state
    yield
    if bits:
        bits.state = state


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The folder of the book's pages, built with every warning an error and the network closed."""
    out = tmp_path_factory.mktemp("site")
    jupyter_book = Path(sys.executable).with_name("jupyter-book")
    closed = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), NOWHERE)
    log = out / "build.log"
    with log.open("w") as output:
        build = subprocess.run(
            [jupyter_book, "build", ROOT, "--path-output", out, "-W", "-n", "--keep-going"],
            env=os.environ | closed,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=300,
            check=False,
        )
    assert build.returncode == 0, f"the site does not build:\n{log.read_text()}"
    return out / "_build" / "html"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        """Say nothing: the browser's own record is what the tests read."""


@pytest.fixture(scope="session")
def origin(site):
    """The site, served on this machine: a browser starts no worker from a file."""
    handler = functools.partial(Quiet, directory=site)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="session")
def browser():
    """A Chromium; without one its tests are skipped, or fail where CI is set."""
    sync_api = pytest.importorskip("playwright.sync_api")
    names = "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        message = f"no browser on PATH (looked for {', '.join(names)}): apt-get install chromium"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    with sync_api.sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=path, args=options)
        yield browser
        browser.close()
