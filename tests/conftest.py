"""What several test modules share: the root of the project, the built site, a browser."""

import os
import sys
import threading
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
# Where Sphinx finds what builds the book, by _config.yml; `make mutants` has no such folder, nor a site.
sys.path.insert(0, str(ROOT / "assets"))
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
    from book_weight import build

    out = tmp_path_factory.mktemp("site")
    proxies = "http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"
    built = build(out, **dict.fromkeys(proxies, NOWHERE))
    assert built.returncode == 0, f"the site does not build:\n{built.stdout}"
    return out / "_build" / "html"


@pytest.fixture(scope="session")
def origin(site):
    from book_weight import served

    with served(site) as origin:
        yield origin


@pytest.fixture(scope="session")
def browser():
    """A Chromium; without one its tests are skipped, or fail where CI is set."""
    from book_weight import chromium

    pytest.importorskip("playwright.sync_api")
    try:
        with chromium() as browser:
            yield browser
    except FileNotFoundError as missing:
        pytest.fail(str(missing)) if os.environ.get("CI") else pytest.skip(str(missing))
