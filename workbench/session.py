"""A session: one analyst's piece of work, seen from the notebook."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.answering import LastMessage
from workbench.errors import (
    DatasetNotFound,
    InvalidPlan,
    SessionEmpty,
    TaskNotFound,
    TooManyTasks,
    Unavailable,
    WorkbenchError,
)
from workbench.following import Follower
from workbench.formulas import Formulas
from workbench.ingest_options import IngestOptions
from workbench.link import Link
from workbench.listing import Listing
from workbench.models import TaskState
from workbench.node import Node, Nodes
from workbench.notebook.html import BLUE, card, clip, counted, faint, one_line
from workbench.notebook.lineage import line_text
from workbench.read_keywords import read_options
from workbench.sources import Counted, Source
from workbench.status import Result, TaskStatus
from workbench.task import Task
from workbench.transport import Transport

if TYPE_CHECKING:
    import pandas as pd

    from workbench.transformations import Plan, Transformation

__all__ = ["Session"]


class Session:
    """Named datasets, the versions made of them, and a head that the next command applies to.

    Commands return at once, with a ``Task``. What reads the session (``head``, ``df``, ``nodes``,
    ``code()``, ``undo()`` …) waits for the commands that were given through this object before; if the
    last of them failed and nobody has been told, it raises why, once.

    Example::

        session = wb.open("flights.csv")
        session.chat("remove rows where dep_delay is null")
        session.df
    """

    def __init__(self, link: Link, facts: Mapping[str, Any], follower: Follower) -> None:
        self._link = link
        self._facts = facts
        self._follower = follower
        self._given: list[Task] = []  # commands of ours that nobody has waited for yet
        self._asked = LastMessage()

    @property
    def id(self) -> str:
        """Its id."""
        return str(self._facts["id"])

    @property
    def name(self) -> str:
        """Its name."""
        return str(self._facts["name"])

    # Commands

    def chat(self, message: str, *, node: Node | str | None = None, dry_run: bool = False) -> Task:
        """Say what should happen to the data, in plain words.

        A message that can be read in several ways ends with the question which is meant
        (``MessageAmbiguous``); the next message may be the number of the answer, as "2".

        Args:
            message: One or several steps, as "drop rows without email, then sort by age".
            node: The node to apply it to; the head if not given.
            dry_run: Only say what would happen.

        Returns:
            A task, at once; ``result()`` waits for what it did. Where as many tasks are open as may be, it
            first waits for one of them to end.

        Raises:
            SessionEmpty: When the session has no data.
            InvalidParameter: When the number is not one of the answers.
            TooManyTasks: When none of them has ended in a quarter of an hour.
        """
        if answer := self._asked.answer(message):
            return self._submit(
                answer.sentence,
                "transformations",
                {"plan": answer.plan},
                answer.node if node is None else node,
                dry_run=answer.dry_run or dry_run,
            )
        task = self._submit(message, "chat", {"message": message}, node, dry_run=dry_run)
        self._asked = LastMessage(task, None if node is None else _id_of(node), dry_run=dry_run)
        return task

    def apply(
        self, *steps: Transformation | Plan, node: Node | str | None = None, dry_run: bool = False
    ) -> Task:
        """Apply transformations, without a planner.

        Args:
            *steps: Transformations in order, or a plan.
            node: The node to apply them to; the head if not given.
            dry_run: Only say what would happen.

        Returns:
            A task, at once.

        Raises:
            InvalidPlan: When a step is not a transformation, or there is none.
        """
        from workbench.transformations import Plan, Transformation

        parts = [part for step in steps for part in (step.steps if isinstance(step, Plan) else (step,))]
        for part in parts:
            if not isinstance(part, Transformation):
                raise InvalidPlan(
                    f"A {type(part).__name__} is not a transformation.",
                    "Give transformations, such as DropNulls(columns=['email']); chat() takes words.",
                )
        plan = Plan.parse([part.model_dump(mode="json") for part in parts])
        return self._submit(
            plan.describe(), "transformations", {"plan": plan.to_json()}, node, dry_run=dry_run
        )

    def preview(self, message: str, *, node: Node | str | None = None) -> Result:
        """Say what a message would do: the plan, its pandas, the first rows; nothing is changed.

        Raises:
            PlannerRefusal: When the message is not understood.
        """
        return self.chat(message, node=node, dry_run=True).result()

    def add(
        self,
        source: object,
        name: str | None = None,
        *,
        options: IngestOptions | None = None,
        **keywords: object,
    ) -> Node:
        """Open another dataset, for joins and for checkout; the first one of a session becomes the head.

        Args:
            source: A path, or a frame.
            name: Its name in the session; by default the file's without its ending.
            options: How the file is to be read, in place of what it shows.
            **keywords: The same by pandas' names: ``add("sales.csv", sep=";", dtype={"zip": "str"})``.

        Returns:
            Its node, once it is there.

        Raises:
            IngestError: When it cannot be read as a table.
            InvalidParameter: When an option does not fit, or says nothing of the file's format.
        """
        node = self.upload(Source.of(source, name, read_options(options, keywords))).result().node
        if node is None:
            raise AssertionError("a dataset that was opened has a node")
        return node

    def upload(self, source: Source) -> Task:
        """Upload a source, and have it read; ``add`` also waits for that."""
        task = Task(self._link, TaskStatus(f"open {source.name}"), self._follower)
        with task.ending("upload", WorkbenchError), source.upload() as (file, filename):
            counted = Counted(file, task.uploading).as_file()
            answer = self._link.http.upload(
                f"{self._path}/datasets", counted, filename, source.fields(), held=task.held
            )
        return self._began(task, answer)

    # Reading

    @property
    def head(self) -> Node:
        """The node that the next command applies to.

        Raises:
            SessionEmpty: When the session has no data.
            WorkbenchError: Why the last command failed, if nobody has been told.
        """
        self._settle()
        self._refresh()
        head = self._facts["head"]
        if head is None:
            raise SessionEmpty(
                f"The session '{self.name}' has no data yet.", 'Open some: session.add("file.csv").'
            )
        return Node.open(self._link, head)

    @property
    def df(self) -> pd.DataFrame:
        """The head's data as a pandas frame, a copy of your own."""
        return self.head.df

    @property
    def nodes(self) -> Nodes:
        """All versions, oldest first."""
        self._settle()
        self._refresh()
        return self._nodes()

    @property
    def datasets(self) -> Listing[Node]:
        """The datasets that were opened, also by name."""
        self._settle()
        self._refresh()
        sources = [Node.open(self._link, node_id) for node_id in self._facts["datasets"].values()]
        return Listing(
            sources,
            name=lambda node: node.dataset or node.name,
            row=lambda node: (node.dataset or "", node.name, f"{len(node):,}", str(node.shape[1])),
            heads=("dataset", "source", "rows", "columns"),
            missing=DatasetNotFound,
        )

    @property
    def sources(self) -> Listing[Node]:
        """The same as ``datasets``: ``session.sources["sales"].ingest_report`` says how a file was read."""
        return self.datasets

    @property
    def tasks(self) -> Listing[Task]:
        """Its latest tasks, newest first, also those that another kernel submitted."""
        page = self._link.http.read("/tasks", {"session_id": self.id})
        ours = {task.id: task for task in self._given}
        tasks = [ours.get(facts["task_id"]) or self._task(facts) for facts in page["items"]]
        return Listing(
            tasks,
            name=lambda task: task.id,
            row=lambda task: (task.latest.state.value, task.title),
            heads=("status", "task"),
            missing=TaskNotFound,
        )

    def code(self) -> str:
        """All of the pandas that makes the head, from its source on."""
        return self.head.code()

    def export(self, path: str | os.PathLike[str], *, formulas: Formulas = "escape") -> Path:
        """Write the head's data to a file; the ending says in which format."""
        return self.head.export(path, formulas=formulas)

    def __getitem__(self, dataset: str) -> Node:
        return self.datasets[dataset]

    def _ipython_key_completions_(self) -> list[str]:
        self._refresh()
        return list(self._facts["datasets"])

    # Moving about

    def undo(self) -> Node:
        """Take the last command back: move the head to where it was; nothing is deleted.

        Returns:
            The head.

        Raises:
            NothingToUndo: When the head is where the session began.
        """
        return self._moved(lambda http: http.submit(f"{self._path}/undo"))

    def redo(self) -> Node:
        """Take the last undo back.

        Raises:
            NothingToRedo: When nothing was undone since the last command.
        """
        return self._moved(lambda http: http.submit(f"{self._path}/redo"))

    def checkout(self, node: Node | str) -> Node:
        """Move the head to a node of the session.

        Args:
            node: A node, or its id.

        Raises:
            NodeNotFound: When the session has no such node.
        """
        return self._moved(lambda http: http.change("PATCH", self._path, {"head": _id_of(node)}))

    def rename(self, name: str) -> Session:
        """Give the session another name."""
        self._facts = self._link.http.change("PATCH", self._path, {"name": name})
        return self

    def delete(self) -> None:
        """Delete the session with all its versions; this cannot be undone."""
        self._given.clear()
        self._link.http.change("DELETE", self._path)

    # Inner works

    @property
    def _path(self) -> str:
        return f"/sessions/{self.id}"

    def _refresh(self) -> None:
        self._facts = self._link.http.read(self._path)

    def _nodes(self) -> Nodes:
        nodes = [Node(self._link, facts) for facts in self._link.http.pages(f"{self._path}/nodes")]
        return Nodes(nodes, self._facts["head"])

    def _moved(self, move: Callable[[Transport], Mapping[str, Any]]) -> Node:
        for task in self._given:
            task.wait()  # a command that failed has moved nothing
        self._asked = LastMessage()
        self._facts = move(self._link.http)
        return self.head

    def _settle(self) -> None:
        """Wait for the commands given so far; say why the last one failed, unless somebody was told."""
        given = list(self._given)
        for task in given:
            task.wait()
            self._given.remove(task)
        if given and not given[-1].reported and given[-1].latest.error is not None:
            given[-1].result()

    def _submit(
        self, title: str, where: str, body: Mapping[str, Any], node: Node | str | None, *, dry_run: bool
    ) -> Task:
        self._asked = LastMessage()
        task = Task(self._link, TaskStatus(title), self._follower)
        asked = _body(body, node, dry_run=dry_run)
        with task.ending("submission", TooManyTasks):
            answer = self._link.http.submit(f"{self._path}/{where}", asked, held=task.held)
        return self._began(task, answer)

    def _began(self, task: Task, answer: Mapping[str, Any]) -> Task:
        self._given.append(task)
        task.begin(answer["task_id"])
        return task

    def _task(self, facts: Mapping[str, Any]) -> Task:
        """A task of a list."""
        status = TaskStatus(str(facts["title"]), TaskState(facts["status"]))
        return Task(self._link, status, self._follower, facts["task_id"])

    def __repr__(self) -> str:
        try:
            self._refresh()
            nodes = self._nodes()
            head = next((node for node in nodes if node.id == self._facts["head"]), None)
            line = line_text([node.version() for node in nodes], self._facts["head"])
            table = "" if head is None else repr(head.rows())
        except Unavailable as error:
            return f"<Session {self.name!r}: {error.message}>"
        size = "no data yet" if head is None else head.size_text()
        lines = [f"<Session {self.name!r}: {size}{self._running()}>", line, table]
        return "\n".join(text for text in lines if text)

    def _repr_html_(self) -> str:
        title = f"<div><b>{clip(one_line(self.name), 300)}</b></div>"
        try:
            self._refresh()
            nodes = self._nodes()
        except Unavailable as error:
            return card(title + faint(clip(error.message, 300)), BLUE)
        head = next((node for node in nodes if node.id == self._facts["head"]), None)
        size = "no data yet" if head is None else head.size_text()
        line = line_text([node.version() for node in nodes], self._facts["head"])
        table = "" if head is None else head.preview_html()
        return card(title + faint(size + self._running()) + faint(clip(line, 800)) + table, BLUE)

    def _running(self) -> str:
        running = sum(not task.latest.ended for task in self._given)
        return f", {counted(running, 'command')} running" if running else ""


def _body(body: Mapping[str, Any], node: Node | str | None, *, dry_run: bool) -> dict[str, Any]:
    chosen = {"node_id": _id_of(node)} if node is not None else {}
    return {**body, **chosen, **({"dry_run": True} if dry_run else {})}


def _id_of(node: Node | str) -> str:
    return node.id if isinstance(node, Node) else node
