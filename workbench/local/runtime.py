"""Where a running stack is found: ``runtime.json``, and the locks of a data folder."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import http.client
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workbench.errors import InvalidParameter
from workbench.settings import Settings

__all__ = [
    "PartProcess",
    "Runtime",
    "find_running",
    "is_ready",
    "is_running",
    "kill_leftovers",
    "only_user",
    "prepare_folder",
    "read_runtime",
    "settings_for",
    "stack_lock",
    "using",
    "write_runtime",
]

# A process's time of beginning is reckoned from the system's clock, which may be set in the meantime.
_SAME_SECONDS = 2.0


class PartProcess(BaseModel):
    """A part's process; the time it began tells it from a later one with the same id."""

    model_config = ConfigDict(frozen=True)

    pid: int
    began: float

    @classmethod
    def of(cls, pid: int) -> PartProcess | None:
        """Describe a process; None if it has ended already."""
        try:
            return cls(pid=pid, began=psutil.Process(pid).create_time())
        except psutil.NoSuchProcess:
            return None

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.began) < _SAME_SECONDS
            return bool(same and process.status() != psutil.STATUS_ZOMBIE)
        except psutil.NoSuchProcess:
            return False


class Runtime(BaseModel):
    """How to reach a running stack."""

    model_config = ConfigDict(frozen=True)

    url: str = Field(examples=["http://127.0.0.1:8321"])
    token: str = Field(repr=False)
    pid: int = Field(description="the supervisor's process")
    version: str = ""
    parts: dict[str, PartProcess] = Field(default_factory=dict)


def settings_for(data_dir: Path | str | None = None, **given: object) -> Settings:
    """Read the settings, with a data folder and others of one's own.

    Args:
        data_dir: The data folder; None means the environment's, else the platform's.
        **given: Other settings; None means not given.
    """
    if data_dir is not None:
        given["data_dir"] = Path(data_dir).expanduser()
    chosen = {name: value for name, value in given.items() if value is not None}
    settings = Settings(**chosen)  # type: ignore[arg-type]
    # Absolute once and for all: the parts of a stack have a working directory of their own.
    return settings.model_copy(update={"data_dir": settings.data_dir.expanduser().absolute()})


def prepare_folder(settings: Settings) -> None:
    """Make the data folder and the broker's, private to their owner.

    A data folder that holds other things already keeps its mode; what we put there has its own.

    Raises:
        InvalidParameter: When the folder cannot be made, or not be written to.
    """
    try:
        _prepare(settings)
    except OSError as error:
        raise InvalidParameter(
            f"The data folder '{settings.data_dir}' cannot be used: {error.strerror or error}.",
            "Choose another with --data-dir or WORKBENCH_DATA_DIR.",
        ) from error


def _prepare(settings: Settings) -> None:
    folder = settings.data_dir
    folder.mkdir(parents=True, exist_ok=True)
    if not any(folder.iterdir()):
        folder.chmod(0o700)
    (folder / "broker").mkdir(mode=0o700, exist_ok=True)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))
    sockets = settings.broker_socket.parent
    sockets.mkdir(mode=0o700, exist_ok=True)
    if sockets != folder and (sockets.stat().st_uid != os.getuid() or sockets.stat().st_mode & 0o077):
        raise PermissionError(f"'{sockets}', for its socket, belongs to somebody else or is open to others")


def stack_lock(settings: Settings) -> FileLock:
    """The lock that a stack holds on its data folder for as long as it runs."""
    return FileLock(settings.data_dir / "stack.lock", mode=0o600)


def is_running(settings: Settings) -> bool:
    """Whether a stack holds the data folder, ready or not."""
    if not settings.data_dir.is_dir():
        return False
    lock = stack_lock(settings)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False


def read_runtime(settings: Settings) -> Runtime | None:
    """Read ``runtime.json``; None where there is none, or where it is not ours."""
    try:
        return Runtime.model_validate_json(settings.runtime_file.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def write_runtime(settings: Settings, runtime: Runtime) -> None:
    """Write ``runtime.json`` in one step, readable by its owner only."""
    handle, name = tempfile.mkstemp(dir=settings.data_dir, prefix=".runtime-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(runtime.model_dump_json(indent=2))
    Path(name).replace(settings.runtime_file)


def is_ready(runtime: Runtime, path: str = "/api/v1/ready", *, timeout: float = 2.0) -> bool:
    """Whether a stack answers that it can take work.

    Args:
        runtime: Where it is.
        path: What is asked; any other path of the API that answers 200 may be.
        timeout: How long to wait for the answer, in seconds.
    """
    place = urlsplit(runtime.url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=timeout)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {runtime.token}"})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def find_running(data_dir: Path | str | None = None) -> Runtime | None:
    """Find the stack that runs on a data folder and answers.

    Args:
        data_dir: The data folder; None means the environment's, else the platform's.

    Returns:
        Where it is; None where none runs, where it does not answer (yet), or where ``runtime.json``
        is what a crash left behind.
    """
    settings = settings_for(data_dir)
    runtime = read_runtime(settings)
    if runtime is None or not is_running(settings):
        return None
    return runtime if is_ready(runtime, "/api/v1/health") else None


def kill_leftovers(settings: Settings, runtime: Runtime, *, timeout: float = 5.0) -> int:
    """Kill what a stack that ended without cleaning up left running.

    Args:
        settings: Says which data folder.
        runtime: What that stack had written.
        timeout: How long to wait for the end of those processes, in seconds.

    Returns:
        How many processes were killed.
    """
    groups = {part.pid for part in runtime.parts.values()}
    leaders = {part.pid for part in runtime.parts.values() if part.alive}
    left = [
        process
        for process in psutil.process_iter()
        if process.pid in leaders or _is_of(process, groups, settings.data_dir)
    ]
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, timeout)
    return len(left)


def _is_of(process: psutil.Process, groups: set[int], data_dir: Path) -> bool:
    """Whether a process belongs to one of these groups, and to a stack of this data folder.

    The second, because a group's number may have been given to somebody else since.
    """
    try:
        ours = os.getpgid(process.pid) in groups
        return ours and process.environ().get("WORKBENCH_DATA_DIR") == str(data_dir)
    except (ProcessLookupError, psutil.Error):
        return False


@contextlib.contextmanager
def using(settings: Settings) -> Iterator[None]:
    """Say that a stack is in use: one that was started for a single command waits for its other users.

    One that is ending already is waited for; after that there is none.
    """
    prepare_folder(settings)
    with _users(settings) as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield


@contextlib.contextmanager
def only_user(settings: Settings) -> Iterator[bool]:
    """Whether nobody uses the stack; while the context lasts, nobody begins to."""
    with _users(settings) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


@contextlib.contextmanager
def _users(settings: Settings) -> Iterator[int]:
    handle = os.open(settings.data_dir / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield handle
    finally:
        os.close(handle)
