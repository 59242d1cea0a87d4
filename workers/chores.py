"""What keeps a store tidy beside the tasks: done a little at a time, after each sweep."""

from __future__ import annotations

from typing import Protocol

from workbench.settings import Settings
from workbench.store.protocol import Store
from workers.collector import Collector
from workers.purging import Purge

__all__ = ["Chore", "chores"]


class Chore(Protocol):
    """Something that is done now and then."""

    def turn(self) -> None:
        """Do a part of it, if it is time to.

        Raises:
            Unavailable: A service does not answer; the next turn tries again.
        """
        ...


def chores(settings: Settings, store: Store) -> list[Chore]:
    """What is to be done for a store.

    Args:
        settings: How long things are kept.
        store: The store; one that cannot tell what nothing refers to keeps it.
    """
    found: list[Chore] = [Purge(store.ledger, older_than_days=settings.task_days)]
    if store.orphans is not None:
        # A block is kept for no less than all attempts at a task may last that a worker is silent in.
        silent = settings.lease_seconds * settings.max_attempts
        found.append(Collector(store.orphans, older_than_seconds=max(settings.orphan_seconds, silent)))
    return found
