"""A Supabase project's errors in the workbench's words: no raw one leaves the store, and no key or token.

``of_response`` and ``of_transport`` serve PostgREST (rows) and Storage (blobs) alike.
"""

# ruff: noqa: ARG001 - the functions of _MEANINGS have one signature, and few need to know of the user

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from workbench.errors import (
    InternalError,
    InvalidParameter,
    StoreFull,
    StoreKeyRefused,
    StoreNotMigrated,
    StoreUnavailable,
    TokenExpired,
    Unauthorized,
    WorkbenchError,
)

__all__ = ["APPLY_MIGRATIONS", "Trouble", "is_passing", "no_project", "of_response", "of_transport"]

APPLY_MIGRATIONS = "Run 'supabase db push' with the migrations of this version."

_SECRETS = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*|sb_(?:secret|publishable)_[\w-]+")
_LONGEST_MESSAGE = 300

# Codes of PostgREST (https://docs.postgrest.org/en/stable/references/errors.html) and of PostgreSQL.
_NOT_MIGRATED = frozenset(
    {
        "PGRST106",
        "PGRST200",
        "PGRST202",
        "PGRST203",
        "PGRST204",
        "PGRST205",
        "42P01",
        "42883",
        "42703",
        "3F000",
    }
)
_FULL = frozenset({"53100", "25006"})  # a project whose disk is full is made read-only
_JWT_REFUSED = frozenset({"PGRST301", "PGRST302", "PGRST303"})
_VALUE_REFUSED = frozenset({"22P05", "22021", "22P02", "22003", "22001", "22023", "22007", "22008", "23514"})
_PASSING_CODES = frozenset({"40001", "40P01", "53300", "57P01", "57P02", "57P03", "PGRST000", "PGRST001"})
_PASSING_STATUSES = frozenset({429, 502, 503, 504, 520, 521, 522, 523, 524})  # the last ones are Cloudflare's

_CHECK = "Run 'workbench supabase check' to see what is wrong."
_TRY_AGAIN = "Try again; if it lasts, see the project's dashboard, or run 'workbench supabase check'."


@dataclass(frozen=True)
class Trouble:
    """What an answer that is not a success says, whichever service of the project gave it.

    Args:
        status: The HTTP status; Storage may say another one in the body, which is then this one.
        code: A code of PostgREST, PostgreSQL or Storage; empty where there is none.
        message: The service's own sentence, without keys or tokens.
        details: Further words; of our own functions' refusals, our error's code.
    """

    status: int
    code: str
    message: str
    details: str

    @classmethod
    def of(cls, response: httpx.Response) -> Trouble:
        """Read the answer, whose body must have been read."""
        try:
            body = json.loads(response.content)
        except ValueError:
            body = None
        body = body if isinstance(body, dict) else {}
        status = str(body.get("statusCode", ""))
        return cls(
            status=int(status) if re.fullmatch(r"[1-5]\d\d", status) else response.status_code,
            code=str(body.get("code") or body.get("error") or body.get("error_code") or ""),
            message=_shown(body.get("message") or body.get("msg") or response.reason_phrase),
            details=str(body.get("details") or ""),
        )

    @property
    def is_refusal(self) -> bool:
        """Whether one of our own functions refused, with a status of its own and our error's code."""
        return self.code.startswith("PT") and bool(self.details)

    def says(self, *words: str) -> bool:
        """Whether the message has one of these words, whatever their case."""
        message = self.message.lower()
        return any(word in message for word in words)


def is_passing(trouble: Trouble) -> bool:
    """Whether it may well be over in a moment: too many requests, a restart, two transactions at odds.

    What our own functions refuse is an answer, whatever its status: too many tasks is no outage.
    """
    if trouble.is_refusal:
        return False
    return trouble.status in _PASSING_STATUSES or trouble.code in _PASSING_CODES


def of_transport(error: httpx.HTTPError | httpx.InvalidURL, url: str) -> StoreUnavailable:
    """Say in a sentence why no answer came.

    Args:
        error: httpx's error.
        url: The project's address.
    """
    match error:
        case httpx.PoolTimeout():
            what, hint = "was not asked: all connections to it are in use", "Try again in a moment."
        case httpx.ConnectTimeout() | httpx.ConnectError():
            what = "cannot be reached"
            hint = "Check SUPABASE_URL and the network; a paused project must be restored in its dashboard."
        case httpx.TimeoutException():
            what, hint = "does not answer in time", _TRY_AGAIN
        case _:
            what, hint = "broke off the connection", _TRY_AGAIN
    return StoreUnavailable(f"The Supabase project {url} {what}.", hint, reason=type(error).__name__)


def no_project(url: str) -> StoreUnavailable:
    """Say that what answered a request as a success is something else than a Supabase project.

    Args:
        url: The address that was asked.
    """
    return StoreUnavailable(f"What answers at {url} is no Supabase project.", "Check SUPABASE_URL.")


def of_response(response: httpx.Response, *, user: bool) -> WorkbenchError:
    """Say in a sentence what an answer that is no success means, and what to do about it.

    Args:
        response: The answer; its body must have been read.
        user: Whether a user's token was sent; else it was the workbench's own key.

    Returns:
        One of our errors: Unauthorized and TokenExpired only for a user's token.
    """
    trouble = Trouble.of(response)
    for applies, error in _MEANINGS:
        if applies(trouble):
            return error(trouble, user)
    return _unexpected(trouble, response)


def _key_refused(trouble: Trouble, user: bool) -> WorkbenchError:
    name = "SUPABASE_PUBLISHABLE_KEY" if user else "SUPABASE_SECRET_KEY or SUPABASE_PUBLISHABLE_KEY"
    return StoreKeyRefused(
        "The Supabase project does not accept the key of the workbench.",
        f"Compare {name} with the keys in the project's dashboard, under Settings, API keys.",
        **_facts(trouble),
    )


def _token_refused(trouble: Trouble, user: bool) -> WorkbenchError:
    if not user:
        return _key_refused(trouble, user)
    if trouble.says("expired", '"exp" claim'):
        return TokenExpired("The access token has expired.", "Sign in again, or refresh the token.")
    return Unauthorized("The Supabase project does not accept the access token.", "Sign in again.")


def _forbidden(trouble: Trouble, user: bool) -> WorkbenchError:
    if not user:
        return _key_refused(trouble, user)
    return Unauthorized("The access token does not allow this.", "Sign in as a user of the project.")


def _not_migrated(trouble: Trouble, user: bool) -> WorkbenchError:
    return StoreNotMigrated(
        f"The Supabase project lacks tables or functions of this version: {trouble.message}",
        APPLY_MIGRATIONS,
        **_facts(trouble),
    )


def _full(trouble: Trouble, user: bool) -> WorkbenchError:
    return StoreFull(
        f"The Supabase project takes no more: {trouble.message}",
        "Delete sessions that are no longer needed, or give the project more disk or a larger plan.",
        **_facts(trouble),
    )


def _too_large(trouble: Trouble, user: bool) -> WorkbenchError:
    return StoreFull(
        f"The Supabase project takes nothing as large as this: {trouble.message}",
        "Set SUPABASE_MAX_OBJECT_BYTES below the upload limit of the project's plan, or raise that limit.",
        **_facts(trouble),
    )


def _value_refused(trouble: Trouble, user: bool) -> WorkbenchError:
    return InvalidParameter(
        f"The store cannot hold a value: {trouble.message}", "Use another value.", **_facts(trouble)
    )


def _no_user(trouble: Trouble, user: bool) -> WorkbenchError:
    return Unauthorized("The user of the access token is no longer there.", "Sign in as another user.")


def _row_refused(trouble: Trouble, user: bool) -> WorkbenchError:
    return InternalError(
        f"The store refused a row: {trouble.message}", "Please report this.", **_facts(trouble)
    )


def _too_slow(trouble: Trouble, user: bool) -> WorkbenchError:
    return StoreUnavailable(
        "The Supabase project's database broke off a request that took too long.",
        "Try again; if it lasts, look at the database's load in the project's dashboard.",
        **_facts(trouble),
    )


def _paused(trouble: Trouble, user: bool) -> WorkbenchError:
    return StoreUnavailable(
        "The Supabase project is paused.", "Restore it in its dashboard.", **_facts(trouble)
    )


def _unexpected(trouble: Trouble, response: httpx.Response) -> WorkbenchError:
    if trouble.status in {301, 302, 307, 308, 404} and not trouble.code:
        return StoreUnavailable(
            f"There is no Supabase project at {response.url.scheme}://{response.url.netloc.decode()}.",
            f"Check SUPABASE_URL. {_CHECK}",
            **_facts(trouble),
        )
    what = f"answered with {trouble.status}: {trouble.message}"
    return StoreUnavailable(f"The Supabase project {what}", _TRY_AGAIN, **_facts(trouble))


# The first that applies says what it is.
_MEANINGS: tuple[tuple[Callable[[Trouble], bool], Callable[[Trouble, bool], WorkbenchError]], ...] = (
    (lambda it: it.status == 401 and it.says("api key", "apikey"), _key_refused),
    (lambda it: it.code in _JWT_REFUSED or it.says("jwt", "jws", '"exp" claim'), _token_refused),
    (lambda it: it.code in _NOT_MIGRATED or it.says("bucket not found"), _not_migrated),
    (lambda it: it.status in {402, 507} or it.code in _FULL or it.says("quota"), _full),
    (lambda it: it.status == 413 or it.says("maximum allowed size"), _too_large),
    (lambda it: it.code == "23503" and it.says("_owner_fkey"), _no_user),
    (lambda it: it.code in _VALUE_REFUSED, _value_refused),
    (lambda it: it.code.startswith("23"), _row_refused),
    (lambda it: it.code == "57014" or it.status == 544, _too_slow),
    (lambda it: it.status == 540, _paused),
    (lambda it: it.status == 401, _token_refused),
    (lambda it: it.status == 403 or it.code == "42501", _forbidden),
)


def _facts(trouble: Trouble) -> dict[str, Any]:
    return {"status": trouble.status, **({"supabase": trouble.code} if trouble.code else {})}


def _shown(message: Any) -> str:
    """A message fit to be shown, as the end of a sentence."""
    text = _SECRETS.sub("…", " ".join(str(message).split()))
    text = text if len(text) <= _LONGEST_MESSAGE else f"{text[: _LONGEST_MESSAGE - 2]} …"
    return text if text.endswith((".", "…", "!", "?")) else f"{text}."
