"""Nodes: immutable versions of a dataset, to look at and to take away.

The data are read by pyarrow, which is imported by the operations that need it: the API is up before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from itertools import chain
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import JSONResponse, StreamingResponse

from api.dependencies import After, CallerBlobs, CallerStore
from api.downloads import attachment
from api.lineage import difference
from api.openapi import problems
from api.schemas import Diff, Listing, Node, Profile, Rows
from workbench.errors import NodeNotFound, SessionNotFound, UnknownColumn
from workbench.formulas import Formulas
from workbench.models import NodeRecord
from workbench.recipe import to_json, to_notebook, to_python
from workbench.store.protocol import Blobs

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["nodes"])

Columns = Annotated[
    list[str] | None,
    Query(description="only these columns, in this order; give the parameter once a column"),
]


class DataFormat(StrEnum):
    """The forms in which a node's data are handed out."""

    CSV = "csv"
    PARQUET = "parquet"
    ARROW = "arrow"
    JSONL = "jsonl"


class RecipeFormat(StrEnum):
    """The forms in which a recipe is handed out."""

    JSON = "json"
    PYTHON = "python"
    NOTEBOOK = "notebook"


_MEDIA_TYPES = {
    DataFormat.CSV: "text/csv; charset=utf-8",
    DataFormat.PARQUET: "application/vnd.apache.parquet",
    DataFormat.ARROW: "application/vnd.apache.arrow.file",
    DataFormat.JSONL: "application/x-ndjson",
}


@router.get("/sessions/{session_id}/nodes", responses=problems(SessionNotFound, NodeNotFound))
def list_nodes(
    session_id: str,
    store: CallerStore,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    after: After = None,
) -> Listing[Node]:
    """List a session's nodes, oldest first."""
    page = store.nodes(session_id, limit=limit, after=after)
    return Listing(items=[Node.of(record) for record in page.items], next=page.next)


@router.get("/nodes/{node_id}", responses=problems(NodeNotFound))
def get_node(node_id: str, store: CallerStore) -> Node:
    """Read a node: its columns, its rows in number, and what made it."""
    return Node.of(store.node(node_id))


@router.get("/nodes/{node_id}/rows", response_model=Rows, responses=problems(NodeNotFound, UnknownColumn))
def get_node_rows(
    node_id: str,
    store: CallerStore,
    blobs: CallerBlobs,
    offset: Annotated[int, Query(ge=0, le=1 << 62)] = 0,
    limit: Annotated[int, Query(ge=0, le=10_000)] = 50,
    columns: Columns = None,
) -> Response:
    """Read a page of a node's rows."""
    from workers.frames.blocks import read_table
    from workers.frames.rows import table_rows

    node = store.node(node_id)
    table = read_table(blobs(), node.manifest, columns, offset=offset, limit=limit)
    dtypes = {column.name: column.dtype for column in node.manifest.columns}
    # Straight to JSON: to validate each value would cost more than to read it.
    return JSONResponse(
        {
            "columns": [{"name": name, "dtype": dtypes[name]} for name in table.column_names],
            "rows": table_rows(table),
            "offset": offset,
            "total": node.manifest.rows,
        }
    )


@router.get(
    "/nodes/{node_id}/data",
    response_class=Response,
    responses={
        **problems(NodeNotFound, UnknownColumn),
        200: {"description": "The data", "content": {kind: {} for kind in _MEDIA_TYPES.values()}},
        304: {"description": "The data are those of `If-None-Match`"},
    },
)
def download_node_data(
    node_id: str,
    store: CallerStore,
    blobs: CallerBlobs,
    # `format` is what the parameter is called
    format: DataFormat = DataFormat.CSV,  # noqa: A002
    formulas: Annotated[
        Formulas,
        Query(description="of texts that a spreadsheet would run, in CSV: put ' before them, or not"),
    ] = "escape",
    columns: Columns = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Take a node's data away, as a stream."""
    node = store.node(node_id)
    headers = {
        "Content-Disposition": attachment(file_stem(node), format.value),
        "Cache-Control": "private, no-cache",
    }
    if columns is None:  # a node never changes
        headers["ETag"] = f'"{node.id}.{format.value}.{formulas}"'
        if headers["ETag"] == if_none_match:
            return Response(status_code=304, headers=headers)
    return StreamingResponse(
        _begun(_export(blobs(), node, format, columns, formulas)),
        media_type=_MEDIA_TYPES[format],
        headers=headers,
    )


def _export(
    blobs: Blobs, node: NodeRecord, form: DataFormat, columns: list[str] | None, formulas: Formulas
) -> Iterator[bytes]:
    from workers.frames.blocks import iter_batches
    from workers.frames.export import export_batches

    batches = iter_batches(blobs, node.manifest, columns)
    first = next(batches)
    return export_batches(chain([first], batches), first.schema, form.value, formulas=formulas)


def _begun(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Make the first piece before the answer begins, so that what fails at once is answered as an error."""
    first = next(pieces, b"")
    return chain([first], pieces)


def file_stem(node: NodeRecord) -> str:
    """A file name, without its ending, for what is taken from a node."""
    source = (node.source or {}).get("filename")
    return str(source).rpartition(".")[0] or str(source) if source else node.name


@router.get("/nodes/{node_id}/profile", responses=problems(NodeNotFound, UnknownColumn))
def get_node_profile(
    node_id: str, store: CallerStore, blobs: CallerBlobs, columns: Columns = None
) -> Profile:
    """Say what the columns hold: nulls, distinct values, extremes, mean, the most frequent values."""
    from workers.profile import profile_columns

    node = store.node(node_id)
    profiles = profile_columns(blobs(), node.manifest, columns)
    return Profile(rows=node.manifest.rows, columns=[profile.to_dict() for profile in profiles])


@router.get(
    "/nodes/{node_id}/recipe",
    response_class=Response,
    responses={
        **problems(NodeNotFound),
        200: {
            "description": "The recipe",
            "content": {"application/json": {}, "text/x-python": {}, "application/x-ipynb+json": {}},
        },
    },
)
def get_node_recipe(
    node_id: str,
    store: CallerStore,
    # `format` is what the parameter is called
    format: RecipeFormat = RecipeFormat.JSON,  # noqa: A002
) -> Response:
    """Take away how a node came about: as plans, as a Python script, or as a notebook."""
    path = store.path(node_id)
    # What was joined or appended: each dataset once.
    others = {other: store.node(other) for node in path for other in node.parents[1:]}
    stem = file_stem(path[0])
    match format:
        case RecipeFormat.JSON:
            return JSONResponse(to_json(path, others))
        case RecipeFormat.PYTHON:
            headers = {"Content-Disposition": attachment(stem, "py")}
            return Response(
                to_python(path, others), media_type="text/x-python; charset=utf-8", headers=headers
            )
        case RecipeFormat.NOTEBOOK:
            headers = {"Content-Disposition": attachment(stem, "ipynb")}
            return JSONResponse(
                to_notebook(path, others), media_type="application/x-ipynb+json", headers=headers
            )


@router.get("/nodes/{node_id}/diff/{other_id}", responses=problems(NodeNotFound))
def diff_nodes(node_id: str, other_id: str, store: CallerStore) -> Diff:
    """Say how another node differs from a node: columns, rows, and the steps on each side."""
    return difference(store.path(node_id), store.path(other_id))
