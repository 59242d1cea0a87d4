"""How much of what people write the planner reads, and how fast.

Usage: ``python benchmarks/planner.py --commands FILE [--plans FILE] [--json]``

FILE has one JSON object a line: ``text``, and, where they are known, ``columns`` (their names) and
``category``. Types and values are not known of those columns, so nothing is checked against them. A request
counts as read, asked (two readings), outside or refused; whether what was read is right is for people to
judge: ``--plans`` writes the readings down for them.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections import Counter, defaultdict
from pathlib import Path

from workbench.errors import MessageAmbiguous, MessageOutside, WorkbenchError
from workers.planner import Table, TableColumn, Tables, plan


def judge(text: str, columns: list[str]) -> tuple[str, str]:
    """Plan one request: how it ended, and the plan's or the refusal's sentence."""
    known = (TableColumn(name, "unknown") for name in dict.fromkeys(columns) if name)
    table = Table("table", tuple(known))
    try:
        return "read", plan(text, Tables(table)).describe()
    except MessageAmbiguous as error:
        return "asked", str(error)
    except MessageOutside as error:
        return "outside", str(error)
    except WorkbenchError as error:
        return "refused", str(error)


def measure(path: Path) -> list[dict[str, object]]:
    """Plan every request of a file."""
    plan("drop nulls", Tables(Table("warm", (TableColumn("up", "str"),))))
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        request = json.loads(line)
        begun = time.perf_counter()
        ended, sentence = judge(request["text"], request.get("columns") or [])
        spent = (time.perf_counter() - begun) * 1000
        known = {name: request.get(name) for name in ("text", "category", "columns")}
        rows.append({**known, "ended": ended, "sentence": sentence, "ms": spent})
    return rows


def summary(rows: list[dict[str, object]]) -> dict[str, object]:
    """Count the ends, for all requests and for each category, and the times."""
    spent = sorted(float(str(row["ms"])) for row in rows)
    by_category: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        by_category[str(row["category"])][str(row["ended"])] += 1
    return {
        "requests": len(rows),
        "ends": dict(Counter(str(row["ended"]) for row in rows)),
        "with_columns": dict(Counter(str(row["ended"]) for row in rows if row["columns"])),
        "ms": {"median": statistics.median(spent), "p95": spent[int(len(spent) * 0.95)], "worst": spent[-1]},
        "categories": {name: dict(ends) for name, ends in sorted(by_category.items())},
    }


def show(facts: dict[str, object]) -> None:
    """Print the summary as a table."""
    print(f"{facts['requests']} requests: {facts['ends']}; of those with columns: {facts['with_columns']}")
    print("milliseconds:", {name: round(ms, 1) for name, ms in facts["ms"].items()})  # type: ignore[attr-defined]
    for name, ends in facts["categories"].items():  # type: ignore[attr-defined]
        print(f"  {name:24}", ", ".join(f"{end} {count}" for end, count in sorted(ends.items())))


def main() -> None:
    """Run the measurement."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--commands", type=Path, required=True, help="requests, one JSON object a line")
    parser.add_argument("--plans", type=Path, help="where to write each request with its reading")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    arguments = parser.parse_args()
    rows = measure(arguments.commands)
    if arguments.plans:
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        arguments.plans.write_text(lines, encoding="utf-8")
    facts = summary(rows)
    print(json.dumps(facts)) if arguments.json else show(facts)


if __name__ == "__main__":
    main()
