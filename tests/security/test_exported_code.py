"""Whatever columns and values are called, the exported code makes the same calls: names never become code."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.contract.every_kind import EXAMPLES
from tests.contract.examples import COLUMNS
from workbench.transformations import Transformation, registry

PLAIN = {name: f"plain_{number}" for number, name in enumerate(COLUMNS)}

HOSTILE = [
    "'] or __import__('os').system('id') or df['",
    '"]; import os; os.system("id"); df["',
    "a'\nimport os\nos.system('id')\n#",
    "\\'); import os; os.system('id'); ('",
    "{__import__('os')}",
    "%(name)s %s {0} {0.__class__}",
    "'''",
    '"""',
    "\\",
    "\\N{BULLET}",
    "\r\nimport os\r\n",
    "\u2028import os",
    "a\x00b",
    "@import os",
    "`import os`",
    "df",
    "pd",
    "lambda: 0",
    "__class__",
    "class",
    "\uff49\uff4d\uff50\uff4f\uff52\uff54 os",  # wide letters, which Python folds into plain ones
]


def renamed(value: Any, names: Mapping[str, str]) -> Any:
    """The same parameters over columns of other names."""
    match value:
        case str():
            return names.get(value, value)
        case list():
            return [renamed(item, names) for item in value]
        case dict():
            by_column = set(value) <= set(COLUMNS)
            keys = [names.get(key, key) if by_column else key for key in value]
            return dict(zip(keys, (renamed(item, names) for item in value.values()), strict=True))
    return value


def called(code: str) -> set[str]:
    """All that a piece of code does by name: the names, attributes and parameters in it, and its imports."""
    found = set()
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name):
                found.add(name)
            case ast.keyword(arg=str(name)):
                found.add(f"{name}=")
            case ast.Import() | ast.ImportFrom() | ast.FunctionDef() | ast.ClassDef() | ast.JoinedStr():
                found.add(type(node).__name__)
    return found


def fits(word: type[Transformation], given: dict[str, Any]) -> bool:
    """Whether these are parameters of the word."""
    try:
        word.model_validate(given)
    except ValidationError:
        return False
    return True


def hold(step: Transformation, hostile: str) -> None:
    """Give the first column a hostile name, and compare what the code does."""
    given = step.model_dump(mode="json")
    word = registry[step.kind]
    # Some columns of the examples are called as some options are: "text" is also what a column is cast to.
    names = {name: plain for name, plain in PLAIN.items() if fits(word, renamed(given, {name: plain}))}
    plain = word.model_validate(renamed(given, names))
    for name in names:
        changed = renamed(given, {**names, name: hostile})
        if changed == renamed(given, names) or not fits(word, changed):
            continue  # the step does not use it, or refuses such a name
        other = word.model_validate(changed)
        # Keywords are the names of new columns, where these can be keywords.
        does = {word for word in called(other.to_pandas()) if not word.endswith("=")}
        assert does <= called(plain.to_pandas()) | {"rename"}, other.to_pandas()


STEPS = [
    pytest.param(step, id=f"{kind}-{number}")
    for kind, steps in sorted(EXAMPLES.items())
    for number, step in enumerate(steps)
]


@pytest.mark.parametrize("step", STEPS)
def test_hostile_names_stay_names(step: Transformation) -> None:
    for hostile in HOSTILE:
        hold(step, hostile)


@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    st.sampled_from([parameter.values[0] for parameter in STEPS]),
    st.text(min_size=1, max_size=40) | st.text("'\"\\\n\r{}[]();#% \t", min_size=1, max_size=12),
)
def test_names_at_random_stay_names(step: Any, hostile: str) -> None:
    hold(step, hostile)
