"""A Supabase project that answers as a test has said, and calls of a store on it."""

from __future__ import annotations

from typing import Any

from pydantic import SecretStr

from tests.support.scripted_server import Scripted
from workbench.ids import new_id
from workbench.settings import Settings
from workbench.store.protocol import DueTask, Owner, OwnerStore, Store

USER = "3f0c5a52-6d54-4b43-9d0e-6a6f6d1f0a01"
SESSION = {
    "id": new_id(),
    "owner": USER,
    "name": "flights",
    "head": None,
    "can_undo": False,
    "can_redo": False,
    "datasets": {},
    "created_at": "2026-03-01T12:00:00.5+00:00",
    "updated_at": "2026-03-01T14:00:00.5+02",
}


def refusal(status: int, code: str, message: str = "No") -> Scripted:
    return Scripted(status, {"code": f"PT{status}", "details": code, "message": message, "hint": None})


def owner_of(store: Store) -> OwnerStore:
    return store.as_owner(Owner(USER, SecretStr("token-of-ana")))


def ledger_call(store: Store) -> list[DueTask]:
    return store.ledger.due_tasks(resend_seconds=1)


def changed(settings: Settings, **changes: Any) -> Settings:
    return Settings(**{**settings.model_dump(), **changes})
