"""What a task looks like from outside, at one moment: plain facts, for views to draw."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

from workbench.errors import NotFound, TaskCancelled, TaskEnded, WorkbenchError, error_from_dict
from workbench.explanation import Explanation
from workbench.models import TaskState

if TYPE_CHECKING:
    from workbench.node import Node

__all__ = ["Result", "TaskStatus"]


@dataclass(frozen=True)
class Result:
    """What a command did.

    Args:
        sentence: What it did, in one sentence.
        node_id: The node that it made; None for a dry run.
        rows_before: Rows before; None for a source.
        rows_after: Rows after.
        columns_added: Names of new columns.
        columns_removed: Names of columns that are gone.
        columns_changed: Names of columns in which values changed.
        warnings: What deserves a look.
        explanation: How the message was understood; None for a plan that was given as such.
        code: The same as pandas.
        plan: The same as JSON.
        preview: For a dry run: the first rows of what would come out; of an answer, its first rows.
        dry_run: Whether it only says what would happen.
        asks: Whether it was a question: what came out stands beside the line, and the head stays.
        answer: The answer to a question, in a sentence.
        head_moved: Whether the next command applies to what came out.
        facts: All that the API said.
    """

    sentence: str
    node_id: str | None = None
    rows_before: int | None = None
    rows_after: int | None = None
    columns_added: tuple[str, ...] = ()
    columns_removed: tuple[str, ...] = ()
    columns_changed: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    explanation: Explanation | None = None
    code: str = ""
    plan: tuple[dict[str, Any], ...] = ()
    preview: dict[str, Any] | None = None
    dry_run: bool = False
    asks: bool = False
    answer: str | None = None
    head_moved: bool = True
    facts: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    _open_node: Callable[[str], Node] | None = field(default=None, repr=False, compare=False)
    _cell: int | None = field(default=None, repr=False, compare=False)

    @classmethod
    def read(cls, facts: Mapping[str, Any], open_node: Callable[[str], Node] | None = None) -> Self:
        """Read the ``result`` of a task."""
        dry_run = bool(facts.get("dry_run"))
        sentence = facts.get("description") if dry_run else facts.get("answer")
        rows = facts.get("rows_after", facts.get("rows"))
        return cls(
            sentence=str(sentence or facts.get("transformation") or facts.get("message") or "Done"),
            node_id=facts.get("node_id"),
            rows_before=facts.get("rows_before"),
            rows_after=rows,
            columns_added=tuple(facts.get("columns_added") or ()),
            columns_removed=tuple(facts.get("columns_removed") or ()),
            columns_changed=tuple(facts.get("columns_changed") or ()),
            warnings=tuple(facts.get("warnings") or ()),
            explanation=_explanation(facts),
            code=str(facts.get("code") or ""),
            plan=tuple(facts.get("plan") or ()),
            preview=facts.get("preview"),
            dry_run=dry_run,
            asks=bool(facts.get("asks")),
            answer=facts.get("answer"),
            head_moved=bool(facts.get("head_moved", not dry_run)),
            facts=facts,
            _open_node=open_node,
        )

    @property
    def rows_affected(self) -> int:
        """One number for the effect: rows gained or lost, else cells changed."""
        return int(self.facts.get("rows_affected") or 0)

    @property
    def rows_removed(self) -> int:
        """How many rows its steps took away; those before, less these, and those added, are those after."""
        return int(self.facts.get("rows_removed") or 0)

    @property
    def rows_added(self) -> int:
        """How many rows its steps made, or repeated."""
        return int(self.facts.get("rows_added") or 0)

    @property
    def node(self) -> Node | None:
        """The node that the command made, or went to; None for a dry run."""
        if self.node_id is None or self._open_node is None:
            return None
        return self._open_node(self.node_id)

    def keep(self) -> Node:
        """Go on with it: make what came out the head, as after a question, whose answer is beside the line.

        Returns:
            The head.

        Raises:
            NotFound: When nothing was made, as by a dry run.
            SessionBusy: When commands of the session wait or run.
        """
        node = self.node
        if node is None:
            raise NotFound("There is no table to go on with.", "Only a command or a question makes one.")
        return node.keep()

    def __repr__(self) -> str:
        from workbench.notebook.cards import result_text

        return result_text(self)

    def _repr_html_(self) -> str:
        from workbench.notebook.cards import result_html

        return result_html(self)

    def _ipython_display_(self) -> None:
        """Show the result; where the card of its task stands in this very cell, what that leaves out."""
        from workbench.notebook.cards import fits_card, preview_html, preview_text
        from workbench.notebook.views import running_cell, show_bundle

        if self._cell is None or self._cell != running_cell():
            show_bundle(self._repr_html_(), repr(self))
        elif self.preview is not None and not fits_card(self):
            show_bundle(preview_html(self.preview), preview_text(self.preview))


def _explanation(facts: Mapping[str, Any]) -> Explanation | None:
    told = facts.get("explanation")
    return None if told is None else Explanation.model_validate(told)


@dataclass(frozen=True)
class TaskStatus:
    """A task at one moment.

    Args:
        title: What was asked for.
        state: Celery's name of the state.
        progress: Percent.
        message: What is going on.
        stage: The same as one word.
        reconnecting: Whether the API does not answer at the moment.
        seconds: For how long the task has been watched.
        result: What it did, once it has ended well.
        error: Why it has no result, once it has ended otherwise.
    """

    title: str
    state: TaskState = TaskState.PENDING
    progress: int = 0
    message: str = ""
    stage: str = ""
    reconnecting: bool = False
    seconds: float = field(default=0.0, compare=False)
    result: Result | None = None
    error: WorkbenchError | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.state.ended

    def with_answer(self, body: Mapping[str, Any]) -> TaskStatus:
        """Take over what ``GET /tasks/{id}`` says; progress never runs backwards."""
        return replace(
            self,
            state=TaskState(body["status"]),
            progress=max(self.progress, int(body.get("progress") or 0)),
            message=str(body.get("message") or ""),
            stage=str(body.get("stage") or ""),
            reconnecting=False,
        )

    def with_end(
        self, envelope: Mapping[str, Any], open_node: Callable[[str], Node] | None = None
    ) -> TaskStatus:
        """Take over what ``GET /tasks/{id}/result`` says of a task that has ended."""
        state = TaskState(envelope["status"])
        if state is TaskState.SUCCESS:
            result = Result.read(envelope.get("result") or {}, open_node)
            return replace(self, state=state, progress=100, result=result, reconnecting=False)
        if envelope.get("error"):
            error = error_from_dict(envelope["error"])
        elif state is TaskState.REVOKED:
            error = TaskCancelled(f"'{self.title}' was cancelled.", "Nothing was changed.")
        else:
            error = TaskEnded(f"'{self.title}' ended without a result.", "Try it again.")
        return replace(self, state=state, error=error, reconnecting=False)
