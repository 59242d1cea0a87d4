"""The suite that every store passes; a store's own test module subclasses it.

``OrphansContract`` is for those stores alone that have ``orphans``, and ``OpenTasksOfUserContract`` for those
that take a thousand tasks in a few seconds.

A subclass gives three fixtures:

``clock``
    A ``tests.contract.store.support.Clock``.
``store``
    A new, empty store that tells the time by that clock; closed, and gone, after the test.
``open_again``
    A picklable call without arguments that opens the same store in another process.
"""

from tests.contract.store import blobs
from tests.contract.store.heads import HeadsContract
from tests.contract.store.inputs import InputsContract
from tests.contract.store.ledger import LedgerContract
from tests.contract.store.open_tasks import OpenTasksContract, OpenTasksOfUserContract
from tests.contract.store.orphans import OrphansContract
from tests.contract.store.owned_blobs import OwnedBlobsContract
from tests.contract.store.races import RacesContract
from tests.contract.store.sessions import SessionsContract
from tests.contract.store.tasks import TasksContract

__all__ = ["BlobsContract", "OpenTasksOfUserContract", "OrphansContract", "StoreContract"]


class StoreContract(
    SessionsContract,
    HeadsContract,
    TasksContract,
    OpenTasksContract,
    LedgerContract,
    InputsContract,
    RacesContract,
):
    """Rows: sessions, heads, tasks, the ledger, and all of it at once."""


class BlobsContract(blobs.BlobsContract, OwnedBlobsContract):
    """Blobs: everybody's, and one owner's."""
