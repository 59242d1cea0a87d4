"""How much of what people write the planner reads, whether it is what they mean, and how fast it is.

Usage: ``python benchmarks/planner.py [--commands FILE] [--plans FILE] [--rounds N] [--json]``

Without FILE: the tested commands (``tests/planner/commands``) and those that were written before the grammar
was looked at (``tests/planner/held_back``), each with what is meant, by family; and what must not be read.
Then the time of messages of forty words and more, over tables of fifty columns.

FILE has one JSON object a line: ``text``, and, where they are known, ``columns`` (their names) and
``category``. Types and values are not known of those columns, so nothing is checked against them; whether
what was read is right is for people to judge: ``--plans`` writes the readings down for them.

A request ends right or wrong (or only "read", where nobody said what is meant), asked (two readings),
outside, or refused. The score is 100 for all right; of a hundred requests, each that is not read costs one,
and each that is wrong ten. Times are of the processor, so that other processes do not count.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # run as a file, it finds the tests' commands, too

from tests.support.held_back import HeldBack, held_back  # noqa: E402
from tests.support.planner_commands import Command, Refusal, commands, refusals, tables  # noqa: E402
from workbench.errors import MessageAmbiguous, MessageOutside, WorkbenchError  # noqa: E402
from workbench.transformations import Plan  # noqa: E402
from workers.planner import Table, TableColumn, Tables, plan  # noqa: E402

LONG = 40  # words
WIDE = 50  # columns
COST_OF_WRONG = 10  # refusals
NOT_READ = frozenset({"asked", "outside", "refused"})


@dataclass(frozen=True)
class Outcome:
    """How one request ended.

    Attributes:
        text: What was said.
        family: What kind of request it is.
        ended: right, wrong, read, asked, outside or refused.
        sentence: The plan's or the refusal's sentence.
        ms: How long it took.
    """

    text: str
    family: str
    ended: str
    sentence: str
    ms: float


def ask(text: str, on: Tables, family: str, judge: Callable[[Plan | None, str], str]) -> Outcome:
    """Plan one request; ``judge`` says how it ended, given its plan, if it has one, and how it ended else."""
    begun = time.process_time()
    found, ended = None, "read"
    try:
        found = plan(text, on)
    except MessageAmbiguous as error:
        ended, sentence = "asked", str(error)
    except MessageOutside as error:
        ended, sentence = "outside", str(error)
    except WorkbenchError as error:
        ended, sentence = "refused", str(error)
    spent = (time.process_time() - begun) * 1000
    sentence = found.describe() if found is not None else sentence
    return Outcome(text, family, judge(found, ended), sentence, spent)


def of_command(command: Command) -> Outcome:
    """Plan a command whose plan is known."""

    def judge(found: Plan | None, ended: str) -> str:
        return ended if found is None else "right" if found == command.plan else "wrong"

    return ask(command.text, tables(command.table), command.file, judge)


def of_refusal(refusal: Refusal) -> Outcome:
    """Plan what must not be read: right is every way not to read it."""

    def judge(found: Plan | None, _: str) -> str:
        return "right" if found is None else "wrong"

    return ask(refusal.text, tables(refusal.table), "(not to be read)", judge)


def of_file(path: Path) -> list[dict[str, object]]:
    """Plan every request of a file, of which nobody said what is meant."""
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        request = json.loads(line)
        known = (TableColumn(name, "unknown") for name in dict.fromkeys(request.get("columns") or []) if name)
        table = Tables(Table("table", tuple(known)))
        outcome = ask(request["text"], table, str(request.get("category")), lambda _, ended: ended)
        rows.append({**asdict(outcome), "category": outcome.family, "columns": request.get("columns")})
    return rows


def long_messages() -> list[tuple[str, Tables]]:
    """The tested commands of forty words and more, and each with a word that is not understood."""
    known = [(command.text, tables(command.table)) for command in commands() if is_long(command.text)]
    strange = [(f"{text}, then frobnicate it", on) for text, on in known]
    return [(text, widened(on)) for text, on in [*known, *strange]]


def is_long(text: str) -> bool:
    """Whether it has forty words."""
    return len(text.split()) >= LONG


def widened(on: Tables) -> Tables:
    """The tables, the first one with columns up to fifty."""
    current = on.current
    more = (TableColumn(f"metric_{n}_extra", "float64") for n in range(WIDE - len(current.columns)))
    return replace(on, current=Table(current.name, (*current.columns, *more)))


def times(spent: Iterable[float]) -> dict[str, float]:
    """The median, the 95th percentile and the worst."""
    ordered = sorted(spent)
    return {
        "median": round(statistics.median(ordered), 2),
        "p95": round(ordered[int(len(ordered) * 0.95)], 2),
        "worst": round(ordered[-1], 2),
    }


def summary(outcomes: Sequence[Outcome]) -> dict[str, object]:
    """Count the ends, in all and in each family, and the times."""
    ends = Counter(outcome.ended for outcome in outcomes)
    families: dict[str, Counter[str]] = {}
    for outcome in outcomes:
        families.setdefault(outcome.family, Counter())[outcome.ended] += 1
    cost = sum(ends[end] for end in NOT_READ) + COST_OF_WRONG * ends["wrong"]
    return {
        "requests": len(outcomes),
        "ends": dict(ends),
        "score": round(100 * (1 - cost / len(outcomes)), 1),
        "ms": times(outcome.ms for outcome in outcomes),
        "families": {name: dict(found) for name, found in sorted(families.items())},
    }


def of_held_back(sentence: HeldBack) -> Outcome:
    """Plan a sentence that the grammar was not written for."""

    def judge(found: Plan | None, ended: str) -> str:
        return "right" if sentence.is_right(found) else ended if found is None else "wrong"

    return ask(sentence.text, sentence.tables, sentence.family, judge)


def measure(rounds: int) -> tuple[dict[str, object], list[Outcome]]:
    """Plan all that is known what it means, and the long messages."""
    tested = [*map(of_command, commands()), *map(of_refusal, refusals())]
    untold = [of_held_back(sentence) for sentence in held_back()]
    facts: dict[str, object] = {"tested": summary(tested), "held back": summary(untold)}
    long = [
        ask(text, on, "long", lambda _, ended: ended).ms
        for text, on in long_messages()
        for _ in range(rounds)
    ]
    facts[f"{LONG} words over {WIDE} columns"] = {"messages": len(long) // rounds, "ms": times(long)}
    return facts, [*tested, *untold]


def show(name: str, facts: dict[str, object]) -> None:
    """Print what was counted, a line for each family."""
    print(name)
    for key, value in facts.items():
        if key != "families":
            print(f"  {key:9}", value)
    for family, ends in facts.get("families", {}).items():  # type: ignore[attr-defined]
        print(f"    {family:24}", ", ".join(f"{end} {count}" for end, count in sorted(ends.items())))


def main() -> None:
    """Run the measurement."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--commands", type=Path, help="requests, one JSON object a line")
    parser.add_argument("--plans", type=Path, help="where to write each request with its reading")
    parser.add_argument("--rounds", type=int, default=5, help="how often each long message is planned")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    arguments = parser.parse_args()
    plan("drop nulls", Tables(Table("warm", (TableColumn("up", "str"),))))
    gc.freeze()  # as a worker does when it has started
    if arguments.commands:
        rows = of_file(arguments.commands)
        keys = Outcome.__dataclass_fields__
        outcomes = [Outcome(**{key: row[key] for key in keys}) for row in rows]  # type: ignore[arg-type]
        facts: dict[str, object] = {str(arguments.commands): summary(outcomes)}
    else:
        facts, outcomes = measure(arguments.rounds)
        rows = [asdict(outcome) for outcome in outcomes]
    if arguments.plans:
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        arguments.plans.write_text(lines, encoding="utf-8")
    if arguments.json:
        print(json.dumps(facts))
        return
    for name, counted in facts.items():
        show(name, counted)  # type: ignore[arg-type]
    for outcome in outcomes:
        if outcome.ended == "wrong":
            print(f"wrong: {outcome.text!r} was read as: {outcome.sentence}")


if __name__ == "__main__":
    main()
