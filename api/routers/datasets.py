"""Datasets: files on their way to becoming source nodes."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from api.dependencies import Caller, CallerStore, Idempotency, IdempotencyKey, PartsOf, request_hash
from api.multipart import Upload, receive_upload
from api.openapi import problems
from api.parts import Parts
from api.schemas import TaskAccepted
from api.submission import accept, submit
from workbench.errors import (
    IdempotencyConflict,
    InvalidParameter,
    SessionNotFound,
    TooManyTasks,
    UploadTooLarge,
)
from workbench.ids import new_id
from workbench.ingest_options import IngestOptions
from workbench.models import TaskRecord
from workbench.store.protocol import OwnerStore

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/sessions", tags=["datasets"])

# What takes long enough to read that short commands should not wait behind it.
_HEAVY_BYTES = 64 << 20
_LONGEST_NAME = 100

_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "CSV, TSV, Excel, JSON Lines, Parquet or Arrow, by its ending",
                        },
                        "name": {
                            "type": "string",
                            "description": "the dataset's name in the session; the file's without its ending "
                            "if not given",
                            "examples": ["flights"],
                        },
                        "options": {
                            **IngestOptions.model_json_schema(),
                            "description": "how the file is to be read, where its owner knows better",
                        },
                    },
                },
                "encoding": {"options": {"contentType": "application/json"}},
            }
        },
    }
}


@router.post(
    "/{session_id}/datasets",
    status_code=202,
    openapi_extra=_FORM,
    responses=problems(SessionNotFound, UploadTooLarge, IdempotencyConflict, TooManyTasks),
)
async def upload_dataset(
    session_id: str,
    request: Request,
    response: Response,
    store: CallerStore,
    caller: Caller,
    parts: PartsOf,
    key: IdempotencyKey = None,
) -> TaskAccepted:
    """Upload a file: a task reads it into a source node.

    The first dataset of a session becomes its head; later ones are there by name. The file's bytes are
    on durable storage before the answer is given.
    """
    session = await run_in_threadpool(store.session, session_id)
    task_id = new_id()
    blob = f"{caller.id}/{session.id}/uploads/{task_id}"
    upload = await receive_upload(request, store.blobs, blob, limit=parts.settings.max_upload_bytes)
    idempotency = Idempotency(key, request_hash(request, _digest(upload)) if key else None)
    task, repeated = await run_in_threadpool(
        _submit, parts, store, session.id, task_id, blob, upload, idempotency
    )
    return accept(request, response, task, repeated)


def _submit(
    parts: Parts,
    store: OwnerStore,
    session_id: str,
    task_id: str,
    blob: str,
    upload: Upload,
    idempotency: Idempotency,
) -> tuple[TaskRecord, bool]:
    """Submit the task; an upload that no task refers to is removed."""
    taken = False
    try:
        payload: dict[str, Any] = {
            "upload": blob,
            "sha256": upload.digest,
            "filename": upload.filename,
            "dataset": _dataset_name(upload),
        }
        if options := _options(upload):
            payload["options"] = options
        task, repeated = submit(
            parts,
            store,
            "ingest_dataset",
            payload,
            session_id=session_id,
            task_id=task_id,
            queue="heavy" if upload.size >= _HEAVY_BYTES else "interactive",
            idempotency=idempotency,
        )
        taken = not repeated
        return task, repeated
    finally:
        if not taken:
            store.blobs.delete(blob)


def _digest(upload: Upload) -> bytes:
    fields = json.dumps(upload.fields, sort_keys=True)
    return "\0".join((upload.filename, str(upload.size), upload.digest, fields)).encode()


def _dataset_name(upload: Upload) -> str:
    """The name given, else the file's without its ending.

    Example:
        >>> _dataset_name(Upload(filename="flights 2013.csv.gz"))
        'flights 2013'
    """
    given = upload.fields.get("name", "").strip()
    if len(given) > _LONGEST_NAME or not given.isprintable():
        raise InvalidParameter(
            f"The name of a dataset is up to {_LONGEST_NAME} printable characters.",
            "Choose a shorter, plainer one.",
        )
    # The first character may be a dot; the ending begins at a later one.
    first, rest = upload.filename[:1], upload.filename[1:]
    return given or (first + rest.partition(".")[0])[:_LONGEST_NAME]


def _options(upload: Upload) -> dict[str, Any]:
    """The options that were given, checked now rather than by the worker."""
    given = upload.fields.get("options")
    if given is None:
        return {}
    try:
        options = IngestOptions.model_validate_json(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(("options", *(str(part) for part in first["loc"])))
        raise InvalidParameter(
            f"The request does not fit: {where}: {first['msg']}.",
            "GET /openapi.json describes the options.",
            parameters=[{"name": where, "in": "form", "reason": first["msg"]}],
        ) from None
    return options.model_dump(mode="json", exclude_defaults=True)
