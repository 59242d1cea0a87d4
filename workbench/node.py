"""A node: an immutable version of a dataset, seen from the notebook."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import ApiUnavailable, NodeNotFound, NotFound
from workbench.exporting import FORMATS, export_target, require_room, umask, write_excel, write_tsv
from workbench.formulas import Formulas, require_formulas
from workbench.ingest_report import IngestReport
from workbench.link import Link, to_frame
from workbench.listing import Listing
from workbench.notebook.html import BLUE, card, clip, code_block, counted, faint, one_line
from workbench.notebook.lineage import Version, lineage_html, lineage_text
from workbench.notebook.table import MOST_ROWS, cell_text, table_html, table_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Node", "Nodes", "Rows"]


class Node:
    """A version of a dataset; it never changes.

    Attributes are read from the workbench when the node is made; the data only when they are asked for.
    """

    def __init__(self, link: Link, facts: Mapping[str, Any]) -> None:
        self._link = link
        self._facts = facts

    @classmethod
    def open(cls, link: Link, node_id: str) -> Node:
        """Read a node. Raises NodeNotFound."""
        return cls(link, link.http.read(f"/nodes/{node_id}"))

    @property
    def id(self) -> str:
        """Its id."""
        return str(self._facts["id"])

    @property
    def name(self) -> str:
        """What made it, in a sentence; of a source, its file."""
        return str(self._facts["name"])

    @property
    def dataset(self) -> str | None:
        """Of a source: its name in the session."""
        return self._facts.get("dataset")

    @property
    def message(self) -> str | None:
        """The message that was planned, if one was."""
        return self._facts.get("message")

    @property
    def columns(self) -> dict[str, str]:
        """The dtypes by column name, in order."""
        return {column["name"]: column["dtype"] for column in self._facts["columns"]}

    @property
    def shape(self) -> tuple[int, int]:
        """How many rows and columns it has."""
        return len(self), len(self._facts["columns"])

    def __len__(self) -> int:
        return int(self._facts["rows"])

    @property
    def parents(self) -> list[Node]:
        """The nodes that it was made from: none for a source, two for a join."""
        return [Node.open(self._link, parent) for parent in self._facts["parents"]]

    @property
    def steps(self) -> list[dict[str, Any]]:
        """What each step of its plan was and did."""
        return list(self._facts.get("steps") or ())

    @property
    def ingest_report(self) -> IngestReport:
        """Of a source: what was decided about each of its columns when its file was read, and why.

        Raises:
            NotFound: When it is not a source: its ``steps`` say what made it.
        """
        source = self._facts.get("source")
        if source is None:
            raise NotFound(
                f"'{self.name}' was not read from a file, so there is no report of that.",
                "The sources of a session have one: session.sources['name'].ingest_report.",
            )
        return IngestReport(str(source["filename"]), source["report"])

    @property
    def df(self) -> pd.DataFrame:
        """The data as a pandas frame, a copy of your own."""
        return self._link.frames.get(self.id, self._read_frame)

    def rows(self, offset: int = 0, limit: int = MOST_ROWS) -> Rows:
        """Read some rows.

        Args:
            offset: The first row, from 0.
            limit: How many rows.

        Returns:
            The rows, which show themselves as a table.
        """
        return Rows(self._link.http.read(f"/nodes/{self.id}/rows", {"offset": offset, "limit": limit}))

    def code(self) -> str:
        """All of the pandas that makes it, from its source on."""
        return self._link.http.get(f"/nodes/{self.id}/recipe", {"format": "python"}).text

    def profile(self) -> Listing[dict[str, Any]]:
        """What its columns hold: nulls, distinct values, extremes, the most frequent values.

        Returns:
            Facts by column, in order, also by name: ``node.profile()["age"]["nulls"]``.
        """
        facts = ("nulls", "distinct", "min", "max", "mean")
        return Listing(
            self._link.http.read(f"/nodes/{self.id}/profile")["columns"],
            name=lambda column: str(column["name"]),
            row=lambda column: (
                column["name"],
                column["dtype"],
                *("" if column.get(fact) is None else cell_text(column[fact]) for fact in facts),
            ),
            heads=("column", "dtype", *facts),
            missing=NotFound,
        )

    def export(self, path: str | os.PathLike[str], *, formulas: Formulas = "escape") -> Path:
        """Write the data to a file; the ending says in which format.

        Args:
            path: A file ending in .csv, .tsv, .parquet, .arrow, .feather, .jsonl, .ndjson or .xlsx; one
                that is there is replaced, once the new one is complete.
            formulas: What is done with texts that a spreadsheet would run, such as ``=1+1``, in CSV, TSV
                and Excel: "escape" makes plain text of them (in CSV and TSV with ``'`` before them), "keep"
                leaves them as they are.

        Returns:
            The path.

        Raises:
            InvalidParameter: When the ending says nothing to us, or the folder is not there.
        """
        require_formulas(formulas)
        target = export_target(path)
        ending = target.suffix.lower()
        handle, partial = tempfile.mkstemp(dir=target.parent, prefix=f".{target.stem}-", suffix=ending)
        os.close(handle)
        try:
            self._write(Path(partial), ending, formulas)
            Path(partial).chmod(0o666 & ~umask())
            Path(partial).replace(target)
        except BaseException:
            Path(partial).unlink(missing_ok=True)
            raise
        return target

    def _write(self, path: Path, ending: str, formulas: Formulas) -> None:
        if ending == ".tsv":
            write_tsv(self.df, path, formulas)
        elif ending == ".xlsx":
            require_room(self.shape, self.size_text())
            write_excel(self.df, path, formulas)
        else:
            asked = {"format": FORMATS[ending], "formulas": formulas}
            with path.open("wb") as file:
                self._link.http.download(f"/nodes/{self.id}/data", asked, file)

    def _read_frame(self) -> pd.DataFrame:
        import pyarrow as pa

        body = io.BytesIO()
        self._link.http.download(f"/nodes/{self.id}/data", {"format": "arrow"}, body)
        buffer = pa.py_buffer(body.getbuffer())
        try:
            table = pa.ipc.open_file(buffer).read_all()
        except pa.ArrowInvalid:  # a stream of batches, not a file
            table = pa.ipc.open_stream(buffer).read_all()
        return to_frame(table, self._facts["columns"])

    def keep(self) -> Node:
        """Make it the head of its session, so that the next command goes on with it; undo takes that back.

        Raises:
            SessionBusy: When commands of the session wait or run.
        """
        self._link.http.change("PATCH", f"/sessions/{self._facts['session_id']}", {"head": self.id})
        return self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and other.id == self.id

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        return f"<Node {self.dataset or self.name!r}: {self.size_text()}>"

    def _repr_html_(self) -> str:
        title = f"<div><b>{clip(one_line(self.dataset or self.name), 300)}</b></div>"
        size = faint(self.size_text())
        return card(title + size + self.preview_html() + code_block(self._code(), "pandas", 2000), BLUE)

    def _code(self) -> str:
        return str(self._facts.get("code") or "")

    def size_text(self) -> str:
        """Say how large it is."""
        rows, columns = self.shape
        return f"{counted(rows, 'row')} × {counted(columns, 'column')}"

    def preview_html(self) -> str:
        """The first rows as a table; that they cannot be read, if so."""
        try:
            return self.rows()._repr_html_()
        except ApiUnavailable as error:
            return faint(clip(error.message, 300))

    def version(self) -> Version:
        """What the lineage shows of it."""
        rows, columns = self.shape
        return Version(self.id, tuple(self._facts["parents"]), self.name, self.dataset, rows, columns)


class Rows(Sequence[list[Any]]):
    """Some rows of a node, as JSON has them; they show themselves as a table."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self.columns: list[dict[str, str]] = list(facts["columns"])
        self.offset = int(facts.get("offset") or 0)
        self.total = int(facts.get("total") or 0)
        self._rows: list[list[Any]] = list(facts["rows"])

    def __getitem__(self, key: Any) -> Any:
        return self._rows[key]

    def __len__(self) -> int:
        return len(self._rows)

    def __repr__(self) -> str:
        return table_text(self.columns, self._rows, total=self.total - self.offset)

    def _repr_html_(self) -> str:
        return table_html(self.columns, self._rows, total=self.total - self.offset)


class Nodes(Listing[Node]):
    """The nodes of a session, oldest first; they show themselves as its lineage."""

    def __init__(self, nodes: Sequence[Node], head: str | None) -> None:
        super().__init__(
            nodes,
            name=lambda node: node.dataset or node.name,
            row=lambda _: (),
            heads=(),
            missing=NodeNotFound,
        )
        self._head = head

    def __repr__(self) -> str:
        return lineage_text([node.version() for node in self], self._head)

    def _repr_html_(self) -> str:
        return lineage_html([node.version() for node in self], self._head)
