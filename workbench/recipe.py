"""Recipes: how a node came about, as plans to replay, as a Python script, or as a notebook.

All are pure functions of a path: the nodes from the source to the node, along first parents; and of the
nodes that these took values from besides, which are sources.
"""

from __future__ import annotations

import hashlib
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from workbench.models import NodeRecord
from workbench.transformations import Plan
from workbench.transformations.fields import variable

__all__ = ["VERSION", "code_of", "to_json", "to_notebook", "to_python"]

VERSION = 1
"""The version of the JSON form."""

_IMPORT = "import pandas as pd"
_NO_OTHERS: Mapping[str, NodeRecord] = MappingProxyType({})


def code_of(node: NodeRecord) -> str:
    """Write the pandas that makes a node.

    Args:
        node: Any node.

    Returns:
        Lines over ``df``: from its parent's frame, or, for a source node, those that read its file.
    """
    if node.plan is None:
        return str((node.source or {}).get("code", ""))
    if node.steps:
        return "\n".join(step.code for step in node.steps)
    return Plan.parse(node.plan).to_pandas()


def to_json(path: Sequence[NodeRecord], others: Mapping[str, NodeRecord] = _NO_OTHERS) -> dict[str, Any]:
    """Write a recipe as data: its plans can be applied to another file.

    Args:
        path: The nodes from the source to the node.
        others: The nodes that these took values from besides, by id.

    Returns:
        The source, each node's plan with the message it came from, all steps as one plan, and the sources
        of the other datasets that the plans name.
    """
    made = [node for node in path if node.plan is not None]
    return {
        "version": VERSION,
        "node_id": path[-1].id,
        "source": _source(path[0]),
        "nodes": [
            {"node_id": node.id, "name": node.name, "message": node.message, "plan": node.plan}
            for node in made
        ],
        "plan": [step for node in made for step in node.plan or []],
        "others": [_source(other) for other in others.values()],
    }


def _source(node: NodeRecord) -> dict[str, Any]:
    source = node.source or {}
    return {
        "node_id": node.id,
        "dataset": node.dataset,
        "filename": source.get("filename"),
        "format": source.get("format"),
        "code": source.get("code"),
        "columns": [column.model_dump() for column in node.manifest.schema_()],
    }


def to_python(path: Sequence[NodeRecord], others: Mapping[str, NodeRecord] = _NO_OTHERS) -> str:
    """Write a recipe as a Python script that needs pandas and the source files, and nothing of ours.

    Args:
        path: The nodes from the source to the node.
        others: The nodes that these took values from besides, by id.
    """
    sections = [f'"""{_docstring(path)}"""', _IMPORT]
    sections += [f"{_comments(heading)}\n{code}" for heading, code in _sections(path, others)]
    sections.append("print(df)")
    return "\n\n".join(sections) + "\n"


def to_notebook(path: Sequence[NodeRecord], others: Mapping[str, NodeRecord] = _NO_OTHERS) -> dict[str, Any]:
    """Write a recipe as a Jupyter notebook (format 4.5) that needs pandas and the source files.

    Args:
        path: The nodes from the source to the node.
        others: The nodes that these took values from besides, by id.
    """
    cells = [_cell("markdown", f"# {_markdown(path[-1].name)}\n\n{_markdown(_origin(path))}")]
    cells.append(_cell("code", _IMPORT))
    for heading, code in _sections(path, others):
        cells.append(_cell("markdown", "\n\n".join(_markdown(line) for line in heading)))
        cells.append(_cell("code", code))
    cells.append(_cell("code", "df"))
    for position, cell in enumerate(cells):
        cell["id"] = hashlib.sha256(f"{path[-1].id}:{position}".encode()).hexdigest()[:12]
    return {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _sections(
    path: Sequence[NodeRecord], others: Mapping[str, NodeRecord]
) -> Iterator[tuple[list[str], str]]:
    """A heading (lines of text) and its code: the reading of the file, then each node's steps.

    Another dataset is read before the first node that takes values from it; once more, where the name came
    to mean another file meanwhile.
    """
    read: dict[str, str] = {}
    for node in path:
        for other in (others[parent] for parent in node.parents[1:] if parent in others):
            name = variable(str(other.dataset))
            if read.get(name) != other.id:
                read[name] = other.id
                yield [f"Read {other.name}"], _reading(other, name)
        if node.plan is None:
            yield [f"Read {node.name}"], _without_import(code_of(node))
            continue
        heading = [node.message or node.name]
        heading += [f"→ {step.outcome}" for step in node.steps]
        yield heading, code_of(node)


def _reading(node: NodeRecord, name: str) -> str:
    """Code that reads another dataset, and leaves alone what has a name already."""
    body = textwrap.indent(_without_import(code_of(node)), "    ")
    return f"def read():\n{body}\n    return df\n\n\n{name} = read()"


def _without_import(code: str) -> str:
    """Code without the import that every recipe begins with."""
    lines = [line for line in code.splitlines() if line != _IMPORT]
    return "\n".join(lines).strip("\n")


def _origin(path: Sequence[NodeRecord]) -> str:
    steps = sum(len(node.plan or []) for node in path)
    filename = (path[0].source or {}).get("filename") or path[0].name
    return f"Made from {filename} in {steps} {'step' if steps == 1 else 'steps'}."


def _docstring(path: Sequence[NodeRecord]) -> str:
    text = f"{_line(path[-1].name)}\n\n{_line(_origin(path))}\n"
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _comments(lines: Sequence[str]) -> str:
    return "\n".join(f"# {_line(line)}" for line in lines)


def _line(text: str) -> str:
    """Text of a user on one line, so that none of it can leave its comment."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def _markdown(text: str) -> str:
    """Text of a user as Markdown that shows it as it is."""
    return "".join(
        f"\\{character}" if character in "\\`*_{}[]<>#|$~" else character for character in _line(text)
    )


def _cell(kind: str, source: str) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "metadata": {}, "source": source}
    return {**cell, "execution_count": None, "outputs": []} if kind == "code" else cell
