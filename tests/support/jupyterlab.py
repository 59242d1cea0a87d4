"""A real JupyterLab for tests: a server of its own, and what a person does in its pages."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import nbformat
from playwright.sync_api import Locator, Page, expect

from tests.support.waiting import wait_until

__all__ = ["Lab", "NotebookPage", "running_lab"]

_START_SECONDS = 60.0
# Long, as a busy machine may be slow; conditions that come true are noticed at once.
_PATIENCE_MS = 30_000
_NO_NEWS = {"fetchNews": "false", "checkForUpdates": False}


@dataclass(frozen=True)
class Lab:
    """A JupyterLab that runs, and the folder that it shows."""

    url: str
    folder: Path

    def write(self, name: str, *sources: str) -> Path:
        """Put a notebook with these cells into the folder."""
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        spec = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
        notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": spec})
        path = self.folder / name
        nbformat.write(notebook, path)
        return path

    def end_kernels(self) -> None:
        """End every kernel, as a restart of the machine would."""
        for session in httpx.get(f"{self.url}/api/sessions").json():
            httpx.delete(f"{self.url}/api/sessions/{session['id']}").raise_for_status()


@contextmanager
def running_lab(folder: Path, *, theme: str = "JupyterLab Light", **environment: str) -> Iterator[Lab]:
    """Run the JupyterLab of this virtual environment for as long as the context lasts.

    Args:
        folder: A new folder; the server keeps to it.
        theme: The theme of its pages.
        **environment: What its kernels find in their environment.
    """
    settings, runtime, notebooks = folder / "settings", folder / "runtime", folder / "notebooks"
    notebooks.mkdir()
    _set(settings, "notification", _NO_NEWS)
    _set(settings, "themes", {"theme": theme})
    own = {
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(runtime),
        "JUPYTERLAB_SETTINGS_DIR": str(settings),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
        "IPYTHONDIR": str(folder / "ipython"),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += ["--ServerApp.port=0", "--ServerApp.ip=127.0.0.1"]
    # Reachable from this machine alone, by whoever asks: also by the tests themselves.
    command += ["--IdentityProvider.token=", "--ServerApp.disable_check_xsrf=True"]
    log = folder / "lab.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=notebooks,
            env={**os.environ, **own, **environment},
        )
    facts = runtime / f"jpserver-{process.pid}.json"
    try:
        wait_until(
            lambda: process.poll() is not None or (facts.exists() and facts.read_text().endswith("}")),
            seconds=_START_SECONDS,
            what="JupyterLab's start",
        )
        assert process.poll() is None, log.read_text(errors="replace")
        yield Lab(json.loads(facts.read_text())["url"].rstrip("/"), notebooks)
    finally:
        process.terminate()
        process.wait(30)


def _set(settings: Path, name: str, values: dict[str, object]) -> None:
    path = settings / "@jupyterlab" / "apputils-extension" / f"{name}.jupyterlab-settings"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values))


class NotebookPage:
    """An open notebook, used as a person uses it."""

    def __init__(self, page: Page, lab: Lab, path: Path) -> None:
        self.page = page
        self.path = path
        self._lab = lab
        self._address = f"{lab.url}/lab/tree/{path.name}?reset"
        page.set_default_timeout(_PATIENCE_MS)
        expect.set_options(timeout=_PATIENCE_MS)
        self.load()

    def load(self) -> None:
        """Open the page, or open it again, and wait for its kernel."""
        self.page.goto(self._address)
        # What is run before the page is connected to its kernel is dropped. Of the page's indicators only
        # the status bar tells; the server is not to be asked, as it fails on kernels that just start.
        expect(self.page.locator("#jp-main-statusbar").get_by_text("| Idle")).to_be_visible()

    def load_with_a_fresh_kernel(self) -> None:
        """Open the page again as on another day: its kernel is gone, and it gets a new one."""
        self.page.goto("about:blank")
        self._lab.end_kernels()
        self.load()

    def cell(self, number: int) -> Locator:
        """A cell, counted from 0."""
        return self.page.locator(f".jp-Notebook .jp-CodeCell[data-windowed-list-index='{number}']")

    def outputs(self, number: int) -> Locator:
        """What a cell has put out."""
        return self.cell(number).locator(".jp-OutputArea-output")

    def start(self, number: int) -> None:
        """Run a cell, without waiting for it."""
        self.cell(number).locator(".jp-InputArea-prompt").click()
        self._press("notebook:run-cell-and-select-next")

    def run(self, number: int) -> None:
        """Run a cell to its end."""
        self.start(number)
        self.ended(number)

    def running(self, number: int) -> None:
        """Wait until a cell runs, or waits to run."""
        expect(self._prompt(number)).to_have_text("[*]:")

    def ended(self, number: int) -> None:
        """Wait until a cell has run."""
        expect(self._prompt(number)).not_to_have_text("[*]:")
        expect(self._prompt(number)).not_to_have_text("[ ]:")

    def interrupt(self) -> None:
        """Press the button with the square."""
        self._press("notebook:interrupt-kernel")

    def save(self) -> nbformat.NotebookNode:
        """Save the notebook; gives what is in the file."""
        before = self.path.stat().st_mtime_ns
        self.page.keyboard.press("Control+s")
        wait_until(lambda: self.path.stat().st_mtime_ns != before, what="the notebook's file")
        expect(self.page.locator(".jp-mod-current.jp-mod-dirty")).to_have_count(0)
        return nbformat.read(self.path, as_version=4)

    def _press(self, command: str) -> None:
        self.page.locator(f".jp-NotebookPanel-toolbar [data-command='{command}']").click()

    def _prompt(self, number: int) -> Locator:
        return self.cell(number).locator(".jp-InputPrompt")
