"""A JupyterLab on the real stack, in Debian's Chromium."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.jupyterlab import Lab, running_lab
from tests.support.stack import RunningStack, running_stack

_ROWS = 1_000_000
_QUIET = [
    "--no-sandbox",  # as root, in containers
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="module")
def chromium() -> str:
    """The browser's executable; asked for before anything is started."""
    search = os.pathsep.join((os.environ.get("PATH", ""), "/usr/bin"))
    found = os.environ.get("WORKBENCH_CHROMIUM") or shutil.which("chromium", path=search)
    if found is None:
        pytest.skip("there is no Chromium: install Debian's chromium, or name one in WORKBENCH_CHROMIUM")
    return found


@pytest.fixture(scope="module")
def stack(chromium: str) -> Iterator[RunningStack]:
    with running_stack() as stack:
        yield stack


@pytest.fixture(scope="module")
def lab(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("lab")
    with running_lab(folder, WORKBENCH_DATA_DIR=str(stack.data_dir)) as lab:
        yield lab


@pytest.fixture(scope="module")
def people(lab: Lab) -> Path:
    """A table that takes a second or so to sort, beside the notebooks."""
    numbers = np.random.default_rng(1).integers(0, 10**9, size=(2, _ROWS)).astype(str)
    path = lab.folder / "people.parquet"
    pd.DataFrame({"name": numbers[0], "city": numbers[1]}).to_parquet(path)
    return path


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=_QUIET)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """A page of a new profile; what it shows at the end is kept beside the test's files."""
    context = browser.new_context(viewport={"width": 1100, "height": 1400})
    page = context.new_page()
    yield page
    page.screenshot(path=tmp_path / "page.png")
    context.close()
