"""A store that notes each call of another one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workbench.store.protocol import Owner, Store

__all__ = ["counting"]


class _Noted:
    """Whatever has methods, each call of which is noted as ``face.method``."""

    def __init__(self, face: str, inner: Any, calls: list[str]) -> None:
        self._face, self._inner, self._calls = face, inner, calls

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name == "blobs":
            return _Noted("blobs", found, self._calls)
        if not callable(found):
            return found

        def call(*arguments: Any, **named: Any) -> Any:
            self._calls.append(f"{self._face}.{name}")
            return found(*arguments, **named)

        return call


class _CountingStore:
    def __init__(self, store: Store, calls: list[str]) -> None:
        self.ledger = _Noted("ledger", store.ledger, calls)
        self.blobs = _Noted("blobs", store.blobs, calls)
        self.orphans = store.orphans  # of the sweep, which nobody waits for
        self.ping: Callable[[], None] = store.ping
        self.close: Callable[[], None] = store.close
        self._store, self._calls = store, calls

    def as_owner(self, owner: Owner) -> Any:
        return _Noted("owner", self._store.as_owner(owner), self._calls)


def counting(store: Store) -> tuple[Any, list[str]]:
    """Wrap a store; gives the wrapped one, and the list of calls that grows.

    A blob's ``open`` and ``create`` are a call each; what is read from the stream or written to it is not.
    """
    calls: list[str] = []
    return _CountingStore(store, calls), calls
