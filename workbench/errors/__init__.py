"""Every error of the workbench, with its stable code and its HTTP status.

::

    WorkbenchError
    ├── InvalidRequest              the request itself is wrong (400, 413, 415, 422)
    │   ├── MalformedJson, InvalidPlan, MessageEmpty, MessageTooLong, InvalidParameter
    │   ├── MethodNotAllowed, HostNotAllowed
    │   └── UploadTooLarge, RequestTooLarge
    ├── NotFound                    unknown, or somebody else's (404)
    │   ├── SessionNotFound, NodeNotFound, TaskNotFound, DatasetNotFound
    ├── Conflict                    right in itself, but not now (409)
    │   ├── SessionEmpty, SessionBusy, NothingToUndo, NothingToRedo, IdempotencyConflict
    │   ├── SessionTaken, SessionWentOn, TooManyTasks (429)
    │   └── StackRunning, PortTaken
    ├── Unauthorized                no token, or a wrong one (401)
    │   └── TokenExpired, SignInFailed
    ├── Forbidden                   a task that names what is another session's (403)
    ├── DataError                   the data do not allow it (422)
    │   ├── UnknownColumn, UnknownDataset, DuplicateColumn, TypeMismatch, NoColumns, ValueUnreadable,
    │   ├── NumberOutOfRange, PatternTooSlow, TableTooLarge
    │   └── IngestError
    │       ├── FileEmpty, FileWithoutRows, FileRagged, FileTooWide, FileFormatUnknown,
    │       └── FileFormatMismatch, FileEncodingUnknown, FileColumnNames, FileUnreadable, FileMissing
    ├── PlannerRefusal              the message was not understood (422)
    │   ├── MessageAmbiguous, MessageOutside
    │   └── MessageUnknownColumn (an UnknownColumn, too), MessageTypeMismatch, MessageNoColumns
    ├── Unavailable                 a part of the stack is not there (503)
    │   ├── StoreUnavailable
    │   │   └── StoreNotMigrated, StoreKeyRefused, StoreFull, StoreDamaged
    │   ├── BrokerUnavailable
    │   │   └── BrokerRefused
    │   ├── WorkerUnavailable, ApiUnavailable
    │   └── PartFailed
    ├── TaskEnded                   the task ended without a result
    │   ├── TaskCancelled, WorkerLost, TaskTimedOut, OutOfMemory, LeaseLost
    └── InternalError               a fault of ours (500)

An error is built from facts, says in one sentence what was wrong, and carries a hint that says what
to do. It survives pickle (Celery) and JSON (the API): ``error_from_dict(error.to_dict())`` is equal.
"""

from __future__ import annotations

from workbench.errors import data, requests, stack
from workbench.errors.base import InternalError, WorkbenchError, error_from_dict, nearest
from workbench.errors.data import *  # noqa: F403
from workbench.errors.requests import *  # noqa: F403
from workbench.errors.stack import *  # noqa: F403

__all__ = ["InternalError", "WorkbenchError", "error_from_dict", "nearest"]
__all__ += data.__all__ + requests.__all__ + stack.__all__

for _kind in (*data.__all__, *requests.__all__, *stack.__all__, "InternalError", "WorkbenchError"):
    globals()[_kind].__module__ = __name__  # a traceback names the place to import it from
