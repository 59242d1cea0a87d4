"""How long a command takes with Supabase as the store, beside the embedded one, and how many calls it makes.

Run by hand: ``python -m benchmarks.stores [--rounds N] [--json FILE]``, with what the tests need installed.
It starts Supabase Lite and two stacks in temporary folders, one on each store, and takes the measurements in
turn in one run. The calls to Supabase are counted on a third stack, through a proxy.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import statistics
import tempfile
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

from benchmarks.latency import ONE_STEP, TWO_STEPS, WARM_UP, chat, opened, timed, wait_for
from tests.support.http_proxy import running_proxy
from tests.support.stack import running_stack
from tests.support.supabase_lite import SupabaseLite, running_lite

ROWS = 1_000
KINDS = {"one step": ONE_STEP, "two steps": TWO_STEPS}
Figures = dict[str, dict[str, list[float]]]
"""Milliseconds of each run, by kind of command and store."""


@contextlib.contextmanager
def caller(url: str, token: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
        yield client


def measure(clients: dict[str, httpx.Client], folder: Path, rounds: int) -> Figures:
    """Say the same to a session of each store in turn, round by round."""
    nodes = {store: opened(client, ROWS, folder) for store, client in clients.items()}
    found: Figures = {kind: {store: [] for store in clients} for kind in KINDS}
    for number in range(rounds + WARM_UP):
        for kind, message in KINDS.items():
            for store, client in clients.items():
                milliseconds = timed(partial(chat, client, *nodes[store], message, number))
                if number >= WARM_UP:
                    found[kind][store].append(milliseconds)
    return found


def count_calls(lite: SupabaseLite, token: str, folder: Path) -> Counter[str]:
    """The calls to Supabase from the submission of one command until its result is read."""
    with (
        running_proxy(lite.url) as proxy,
        running_stack(**lite.environment() | {"SUPABASE_URL": proxy.url}) as stack,
        caller(stack.url, token) as client,
    ):
        session, node = opened(client, ROWS, folder)
        chat(client, session, node, ONE_STEP, 0)
        del proxy.calls[:]
        body = {"message": ONE_STEP.format(1), "node_id": node}
        task = client.post(f"/api/v1/sessions/{session}/chat", json=body).json()["task_id"]
        wait_for(client, task)
        client.get(f"/api/v1/tasks/{task}/result").raise_for_status()
        calls = [f"{call.method} {_plain(call.path)}" for call in proxy.calls]
    # The sweep looks around every few seconds, whatever runs.
    return Counter(call for call in calls if "due_tasks" not in call)


def _plain(path: str) -> str:
    """A path without its query, ids and digests."""
    return re.sub(r"[0-9a-f-]{36,}", "…", path.partition("?")[0])


def report(found: Figures, calls: Counter[str]) -> dict[str, object]:
    """Print the figures; give them."""
    table = Table("chat, from POST to SUCCESS seen", "store", "median ms", "p95 ms", "ratio to embedded")
    figures: dict[str, object] = {"calls": dict(calls), "calls in all": calls.total()}
    for kind, stores in found.items():
        base = statistics.median(stores["embedded"])
        for store, values in stores.items():
            median, p95 = statistics.median(values), statistics.quantiles(values, n=20)[-1]
            table.add_row(
                f"{kind}, {ROWS:,} rows", store, f"{median:.1f}", f"{p95:.1f}", f"{median / base:.1f}"
            )
            figures[f"{kind}, {store}"] = {"median_ms": median, "p95_ms": p95, "ratio": median / base}
    console = Console(width=110)
    console.print(table)
    console.print(f"{calls.total()} calls to Supabase from submission to result:")
    for call, times in calls.items():
        console.print(f"  {times} × {call}", highlight=False)
    return figures


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, running_lite() as lite:
        folder = Path(name)
        _, token = lite.sign_up("analyst@example.com", "a-long-pass-word")
        with (
            running_stack() as embedded,
            running_stack(**lite.environment()) as supabase,
            caller(embedded.url, embedded.token) as plain,
            caller(supabase.url, token) as remote,
        ):
            found = measure({"embedded": plain, "Supabase Lite": remote}, folder, options.rounds)
        figures = report(found, count_calls(lite, token, folder))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
