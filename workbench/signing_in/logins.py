"""Logins that are remembered: one private file of the user's, and only for those who ask for it.

For each workbench it holds the Supabase project with its publishable key, who is signed in there, and
the refresh token; never a password or an access token. Refresh tokens are used once: whoever uses one
holds the file's lock from reading it to writing its successor, so that several kernels can share a login.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from workbench.errors import SignInFailed, StoreUnavailable
from workbench.signing_in.auth_server import Grant, Project

if TYPE_CHECKING:
    from filelock import FileLock

__all__ = ["KeptLogin", "Login", "Logins"]

_log = logging.getLogger(__name__)

_LOCK_SECONDS = 60.0
_OTHERS = 0o077


class Login(BaseModel):
    """A login that is remembered."""

    model_config = ConfigDict(frozen=True)

    project: str
    key: str
    user_id: str
    email: str
    refresh_token: SecretStr

    @classmethod
    def of(cls, project: Project, grant: Grant) -> Login:
        """Describe what a sign-in gave."""
        where = {"project": project.url, "key": project.key}
        return cls(**where, user_id=grant.user_id, email=grant.email, refresh_token=grant.refresh)

    def written(self) -> dict[str, str]:
        """What stands in the file."""
        return {**self.model_dump(), "refresh_token": self.refresh_token.get_secret_value()}


class Logins:
    """The file of remembered logins.

    Args:
        folder: Where it lies; by default the user's folder of settings.
    """

    def __init__(self, folder: Path | None = None) -> None:
        import platformdirs

        self._folder = folder or platformdirs.user_config_path("workbench", appauthor=False)

    @property
    def path(self) -> Path:
        """The file, there or not."""
        return self._folder / "logins.json"

    def find(self, place: str) -> Login | None:
        """Find a workbench's login; nothing is written, not even a lock.

        Args:
            place: The workbench: the API's address, or the data folder of a stack of this machine.

        Raises:
            SignInFailed: When the file is open to others, or cannot be read.
        """
        facts = self._read().get(place)
        try:
            return None if facts is None else Login.model_validate(facts)
        except ValidationError:
            pass
        raise self._unreadable()

    def keep(self, place: str, login: Login) -> None:
        """Remember a login, in place of the one before."""
        with self.locked():
            self.write(place, login)

    def forget(self, place: str) -> bool:
        """Forget a login; whether there was one."""
        if self.find(place) is None:
            return False
        with self.locked():
            self.write(place, None)
        return True

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes and threads from using or changing the logins.

        Raises:
            StoreUnavailable: When somebody else holds them for too long.
        """
        lock = self._lock()
        try:
            yield
        finally:
            lock.release()

    def write(self, place: str, login: Login | None) -> None:
        """Write a login, or its absence, in one step; only for those who hold the lock.

        Args:
            place: Under which it is remembered.
            login: The login; None forgets the one there is.

        Raises:
            OSError: When the file cannot be written.
        """
        logins = self._read()
        logins.pop(place, None)
        if login is not None:
            logins[place] = login.written()
        handle, temporary = tempfile.mkstemp(dir=self._folder, prefix=".logins-")  # mode 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump({"version": 1, "logins": logins}, file, indent=2)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(self.path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    def _lock(self) -> FileLock:
        """Take the lock, in a folder that only its owner can read."""
        from filelock import FileLock, Timeout

        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if self._folder.stat().st_mode & _OTHERS:
                self._folder.chmod(0o700)
            lock = FileLock(self._folder / "logins.lock", mode=0o600, timeout=_LOCK_SECONDS)
            lock.acquire()
        except Timeout:
            raise StoreUnavailable(
                f"Another program holds the remembered logins in '{self._folder}'.", "Try again in a moment."
            ) from None
        except OSError as error:
            raise SignInFailed(
                f"Logins cannot be remembered in '{self._folder}': {error.strerror or error}.",
                "Make that folder writable for yourself, or sign in without remembering.",
            ) from None
        return lock

    def _read(self) -> dict[str, Any]:
        try:
            with self.path.open(encoding="utf-8") as file:
                facts = os.fstat(file.fileno())
                if facts.st_mode & _OTHERS or facts.st_uid != os.getuid():
                    raise self._open_to_others()
                text = file.read()
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError):
            raise self._unreadable() from None
        with contextlib.suppress(ValueError):
            read = json.loads(text)
            if isinstance(read, dict) and isinstance(read.get("logins"), dict):
                logins: dict[str, Any] = read["logins"]
                return logins
        del text
        raise self._unreadable()

    def _open_to_others(self) -> SignInFailed:
        return SignInFailed(
            f"The file of remembered logins, '{self.path}', is not yours alone.",
            f"If nobody can have read it: chmod 600 '{self.path}'. Else delete it, and sign in again.",
        )

    def _unreadable(self) -> SignInFailed:
        return SignInFailed(
            f"The file of remembered logins, '{self.path}', cannot be read.",
            "Delete it, and sign in again with `workbench login`.",
        )


@dataclass(frozen=True)
class KeptLogin:
    """One login of the file, as a sign-in uses it.

    Args:
        logins: The file.
        place: The workbench.
        project: The Supabase project.
    """

    logins: Logins
    place: str
    project: Project

    def exchange(self, mine: Grant | None, use: Callable[[SecretStr], Grant]) -> Grant:
        """Use the refresh token of the file, and write its successor there.

        A login that was forgotten meanwhile, or replaced by another user's, stays as it is: then our
        own token is used, and remembered nowhere.

        Args:
            mine: What we have; None means that we have nothing but the file.
            use: Exchanges a refresh token.

        Raises:
            SignInFailed: When the login was forgotten, and there is no token of our own.
            StoreUnavailable: When another program holds the logins for too long.
        """
        with self.logins.locked():
            login = self.logins.find(self.place)
            ours = login is not None and login.project == self.project.url
            if login is not None and mine is not None:
                ours = ours and login.user_id == mine.user_id
            if login is not None and ours:
                grant = use(login.refresh_token)
                self._write(grant)
                return grant
        if mine is None:
            raise SignInFailed("The login has been forgotten meanwhile.", "Sign in: `workbench login`.")
        return use(mine.refresh)

    def keep(self, grant: Grant) -> None:
        """Remember what a sign-in gave."""
        self.logins.keep(self.place, Login.of(self.project, grant))

    def _write(self, grant: Grant) -> None:
        """Write a token's successor; where that fails the sign-in of this program goes on."""
        try:
            self.logins.write(self.place, Login.of(self.project, grant))
        except OSError as error:
            reason = error.strerror or type(error).__name__
            _log.warning("The login could not be written to '%s': %s.", self.logins.path, reason)
