"""The address, the keys, and who may do what in the database."""

from __future__ import annotations

import uuid
from typing import Any

import httpx

from workbench.errors import StoreKeyRefused, StoreNotMigrated, StoreUnavailable
from workbench.store.supabase.connection import Face
from workbench.store.supabase.failures import APPLY_MIGRATIONS, Trouble, of_response
from workbench.store.supabase.store import SupabaseStore
from workbench.supabase_check.findings import Skipped
from workbench.supabase_check.project import Project, json_of

__all__ = ["address", "functions", "functions_closed", "migrations", "publishable", "secret", "tables"]

_TABLES = ("sessions", "nodes", "head_history", "tasks")
_DENIED = frozenset({httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN})
_NOT_GRANTED = "42501"  # PostgreSQL's insufficient_privilege


def _service_calls() -> dict[str, dict[str, Any]]:
    """Calls of the service's functions that change nothing: for a task that there is not."""
    task: dict[str, Any] = {"p_task": str(uuid.uuid4())}
    held = {**task, "p_fence": 0}
    claim = {"p_claim": task["p_task"], "p_worker": "check", "p_lease": 1, "p_attempts": 1}
    return {
        "claim_task": {**task, **claim, "p_cancelled": {}, "p_lost": {}},
        "renew_lease": {**held, "p_lease": 1},
        "commit_node": {**held, "p_node": {}, "p_result": {}, "p_move_head": False},
        "commit_move": {**held, "p_move": "undo", "p_node": None, "p_steps": 1, "p_result": {}},
        "finish_task": {**held, "p_status": "FAILURE", "p_result": None, "p_error": {}},
        "due_tasks": {"p_resend": 1e9, "p_limit": 0},
        "purge_tasks": {"p_days": 36_500},
    }


def address(project: Project) -> str:
    """The project answers at its address."""
    answer = project.get("/auth/v1/health")
    if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise of_response(answer, user=False)
    return f"{project.connection.url} answers."


def publishable(project: Project) -> str:
    """The publishable key is one, and is accepted."""
    _accepted(project, project.everybody, "SUPABASE_PUBLISHABLE_KEY")
    return "SUPABASE_PUBLISHABLE_KEY is a publishable key, and is accepted."


def secret(project: Project) -> str:
    """The secret key is one, and is accepted."""
    if not project.settings.supabase_secret_key:
        raise Skipped("SUPABASE_SECRET_KEY is not set: the API does without it, workers need it.")
    _accepted(project, project.service, "SUPABASE_SECRET_KEY")
    return "SUPABASE_SECRET_KEY is a secret key, and is accepted."


def _accepted(project: Project, face: Face, name: str) -> None:
    answer = project.call("schema_version", {}, face)
    trouble = Trouble.of(answer)
    if trouble.status in _DENIED and trouble.code != _NOT_GRANTED:
        raise StoreKeyRefused(
            f"The project does not accept {name}: {trouble.message}",
            "Compare it with the keys in the project's dashboard, under Settings, API keys.",
        )
    if answer.is_success:
        json_of(answer)
    elif not trouble.code:  # a function that is not there is another matter, if it is a database that says so
        raise of_response(answer, user=False)


def migrations(project: Project) -> str:
    """The tables and functions are those of this version."""
    settings = project.settings.model_copy(update={"supabase_secret_key": None})  # looked at elsewhere
    store = SupabaseStore(settings, retry_seconds=0)
    try:
        store.ping()
    finally:
        store.close()
    return "The project has the tables and functions of this version."


def tables(project: Project) -> str:
    """Nobody reads rows without signing in."""
    for table in _TABLES:
        answer = project.get(f"/rest/v1/{table}?select=owner&limit=1", project.everybody)
        if answer.is_success and json_of(answer):
            raise StoreUnavailable(
                f"Everybody can read the table '{table}': the publishable key alone shows its rows.",
                f"Turn on row-level security for it, and look at its policies and grants. {APPLY_MIGRATIONS}",
            )
        if not answer.is_success and Trouble.of(answer).status not in _DENIED:
            raise of_response(answer, user=False)
    return f"Without a user, nothing is read of {', '.join(_TABLES)}."


def functions_closed(project: Project) -> str:
    """Nobody but the service calls its functions."""
    calls = _service_calls()
    for function, arguments in calls.items():
        answer = project.call(function, arguments, project.everybody)
        trouble = Trouble.of(answer)
        if answer.is_success or (trouble.status not in _DENIED and trouble.code.startswith("PT")):
            raise StoreUnavailable(
                f"Everybody can call the function '{function}', which is the workers' alone.",
                f"Revoke its execution from public, anon and authenticated. {APPLY_MIGRATIONS}",
            )
        if trouble.status not in _DENIED:
            raise of_response(answer, user=False)
    return f"The publishable key may call none of {', '.join(calls)}."


def functions(project: Project) -> str:
    """The service calls its functions."""
    calls = _service_calls()
    for function, arguments in calls.items():
        answer = project.call(function, arguments, project.service)
        trouble = Trouble.of(answer)
        if answer.is_success or trouble.code.startswith("PT"):  # our own refusal: it was called
            continue
        if trouble.code == _NOT_GRANTED:
            raise StoreNotMigrated(
                f"The secret key may not call the function '{function}'.", APPLY_MIGRATIONS
            )
        raise of_response(answer, user=False)
    return f"The secret key may call {', '.join(calls)}."
