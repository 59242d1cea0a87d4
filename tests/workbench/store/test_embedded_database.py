"""The embedded store's own promises: opening, migrating, permissions, forks, errors."""

from __future__ import annotations

import gc
import multiprocessing
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from filelock import FileLock

from tests.contract.store.support import (
    ANA,
    Clock,
    claimed,
    make_node,
    new_task,
    opened,
    submit,
)
from workbench.errors import InternalError, StoreUnavailable
from workbench.settings import Settings
from workbench.store import LOCAL_OWNER, open_store
from workbench.store.embedded import EmbeddedStore, database, migrate


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(settings: Settings, clock: Clock) -> Iterator[EmbeddedStore]:
    store = EmbeddedStore(settings.database, settings.blobs, clock=clock, wait_seconds=5)
    yield store
    store.close()


def pragma(settings: Settings, name: str) -> object:
    with closing(sqlite3.connect(settings.database)) as connection:
        return connection.execute(f"PRAGMA {name}").fetchone()[0]


class TestOpening:
    def test_what_is_kept_is_there_after_opening_again(self, settings: Settings) -> None:
        for turn in range(2):
            store = open_store(settings)
            owner = store.as_owner(LOCAL_OWNER)
            assert len(owner.sessions().items) == turn
            owner.create_session("flights")
            store.ping()
            store.close()

    def test_files_are_for_their_user_only(self, settings: Settings) -> None:
        before = os.umask(0)
        try:
            store = open_store(settings)
            with store.blobs.create("local/s/blocks/b") as stream:
                stream.write(b"x")
            store.as_owner(LOCAL_OWNER).create_session("flights")
            found = [settings.data_dir, *settings.data_dir.rglob("*")]
            modes = {path.relative_to(settings.data_dir).as_posix(): path.stat().st_mode for path in found}
            store.close()
        finally:
            os.umask(before)
        assert {"workbench.sqlite3", "workbench.sqlite3-wal", "blobs/local/s/blocks/b"} <= set(modes)
        for path, mode in modes.items():
            assert stat.S_IMODE(mode) == (0o700 if stat.S_ISDIR(mode) else 0o600), path

    def test_the_database_is_in_wal_mode_and_of_this_version(
        self, store: EmbeddedStore, settings: Settings
    ) -> None:
        assert pragma(settings, "journal_mode") == "wal"
        assert pragma(settings, "user_version") == migrate.latest_version()

    def test_every_connection_is_durable_and_checks_foreign_keys(self, store: EmbeddedStore) -> None:
        with store._database.reading() as connection:
            assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2
            assert connection.execute("PRAGMA foreign_keys").fetchone()[0] == 1

    def test_many_processes_may_open_a_new_store_at_once(self, settings: Settings) -> None:
        code = (
            "import sys; from workbench.settings import Settings; from workbench.store import *;"
            "print('ready', flush=True); sys.stdin.readline();"
            "store = open_store(Settings(data_dir=sys.argv[1]));"
            "store.as_owner(LOCAL_OWNER).create_session('mine'); store.close()"
        )
        command = [sys.executable, "-c", code, str(settings.data_dir)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        children = [subprocess.Popen(command, text=True, **pipes) for _ in range(6)]
        for child in children:
            assert child.stdout.readline() == "ready\n"
        for child in children:
            child.stdin.write("go\n")
            child.stdin.flush()
        errors = [child.communicate(timeout=60)[1] for child in children]
        assert errors == [""] * 6
        with closing(open_store(settings)) as store:
            assert len(store.as_owner(LOCAL_OWNER).sessions().items) == 6

    def test_a_store_that_another_process_prepares_is_waited_for(self, settings: Settings) -> None:
        settings.data_dir.mkdir()
        with (
            FileLock(f"{settings.database}.migration.lock"),
            pytest.raises(StoreUnavailable, match="Another process has been preparing"),
        ):
            EmbeddedStore(settings.database, settings.blobs, wait_seconds=0.05)
        open_store(settings).close()

    def test_many_threads_may_open_a_new_store_at_once(self, settings: Settings) -> None:
        stores: list[EmbeddedStore] = []
        threads = [threading.Thread(target=lambda: stores.append(open_store(settings))) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(stores) == 6
        for store in stores:
            store.close()

    def test_a_migration_that_fails_changes_nothing(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        script = "CREATE TABLE half (a);\nCREATE TABLE half (a);"
        with monkeypatch.context() as patch:
            patch.setattr(migrate, "_migrations", lambda: ((1, script),))
            with pytest.raises(StoreUnavailable):
                open_store(settings)
        assert pragma(settings, "user_version") == 0
        open_store(settings).close()

    def test_a_later_migration_is_applied_to_what_is_there(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with closing(open_store(settings)) as store:
            store.as_owner(LOCAL_OWNER).create_session("flights")
        later = (
            migrate.latest_version() + 1,
            "ALTER TABLE sessions ADD COLUMN note TEXT;\n-- the end; of it",
        )
        both = (*migrate._migrations(), later)
        monkeypatch.setattr(migrate, "_migrations", lambda: both)
        with closing(open_store(settings)) as store:
            assert [session.name for session in store.as_owner(LOCAL_OWNER).sessions().items] == ["flights"]
        assert pragma(settings, "user_version") == later[0]


class TestThreadsAndForks:
    def test_a_thread_that_ends_gives_its_connection_back(self, store: EmbeddedStore) -> None:
        def work() -> None:
            store.as_owner(ANA).sessions()

        for _ in range(5):
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
        gc.collect()
        assert len(store._database._links) == 1

    @pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
    def test_a_store_may_be_kept_across_a_fork(self, store: EmbeddedStore) -> None:
        """Threads of the parent write without a pause while children are forked that write as well."""
        session, _ = opened(store)
        enough = threading.Event()

        def write() -> None:
            while not enough.is_set():
                store.as_owner(ANA).rename_session(session.id, "busy")

        writers = [threading.Thread(target=write) for _ in range(2)]
        for writer in writers:
            writer.start()
        context = multiprocessing.get_context("fork")
        children = [
            context.Process(target=lambda: [submit(store, session.id) for _ in range(5)]) for _ in range(8)
        ]
        try:
            for child in children:
                child.start()
            for child in children:
                child.join(60)
        finally:
            enough.set()
            for writer in writers:
                writer.join()
        assert [child.exitcode for child in children] == [0] * 8
        assert len(store.as_owner(ANA).tasks(limit=100).items) == 8 * 5 + 1
        with store._database.reading() as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"

    @pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
    def test_no_connection_is_open_in_a_fork(self, store: EmbeddedStore) -> None:
        store.as_owner(ANA).sessions()
        assert databases_open() > 0
        assert in_child(databases_open) == 0
        store.as_owner(ANA).sessions()


def databases_open() -> int:
    found = 0
    for link in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the one that lists them
            found += "sqlite3" in link.readlink().name
    return found


def in_child(call: Callable[[], int]) -> int:
    """What a call answers in a fork of this process."""
    if (pid := os.fork()) == 0:
        answer = 255
        try:
            answer = call()
        finally:
            os._exit(answer)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


class TestErrors:
    def test_a_later_database_is_refused_and_left_alone(self, settings: Settings) -> None:
        open_store(settings).close()
        with closing(sqlite3.connect(settings.database)) as connection:
            connection.execute("PRAGMA user_version = 999")
        with pytest.raises(StoreUnavailable, match=r"later version.*schema 999") as raised:
            open_store(settings)
        assert "Upgrade" in raised.value.hint
        assert pragma(settings, "user_version") == 999

    def test_another_kind_of_file_is_refused_and_left_alone(self, settings: Settings) -> None:
        settings.data_dir.mkdir()
        settings.database.write_bytes(b"this is no database" * 1000)
        with pytest.raises(StoreUnavailable, match="not a database of the workbench"):
            open_store(settings)
        assert settings.database.read_bytes() == b"this is no database" * 1000

    def test_a_data_folder_that_is_a_file_is_refused(self, settings: Settings) -> None:
        settings.data_dir.write_text("not a folder")
        with pytest.raises(StoreUnavailable, match="is a file"):
            open_store(settings)

    def test_a_data_folder_below_a_file_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(StoreUnavailable, match="Not a directory"):
            open_store(Settings(data_dir=tmp_path / "file" / "data"))

    def test_a_database_that_is_a_folder_is_refused(self, settings: Settings) -> None:
        settings.database.mkdir(parents=True)
        with pytest.raises(StoreUnavailable, match="cannot be opened"):
            open_store(settings)

    def test_a_database_that_stays_locked_is_an_error_in_time(self, settings: Settings) -> None:
        store = EmbeddedStore(settings.database, settings.blobs, wait_seconds=0.05)
        with closing(store), closing(sqlite3.connect(settings.database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreUnavailable, match="locked") as raised:
                store.as_owner(ANA).create_session("flights")
            assert raised.value.hint
            store.as_owner(ANA).sessions()  # readers do not wait for writers
            other.execute("ROLLBACK")
            store.as_owner(ANA).create_session("flights")

    def test_a_full_disk_is_told_and_leaves_the_store_usable(self, store: EmbeddedStore) -> None:
        owner = store.as_owner(ANA)
        session = owner.create_session("flights")
        with store._database.reading() as connection:
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StoreUnavailable, match="disk is full"):
            owner.submit_task(new_task(session.id, "ingest_dataset", payload={"text": "x" * 100_000}))
        with store._database.reading() as connection:
            connection.execute(f"PRAGMA max_page_count = {pages + 1000}")
        assert owner.tasks().items == []
        owner.submit_task(new_task(session.id, "ingest_dataset"))

    def test_a_database_that_is_gone_is_noticed(self, store: EmbeddedStore, settings: Settings) -> None:
        store.ping()
        settings.database.unlink()
        with pytest.raises(StoreUnavailable, match="is gone"):
            store.ping()

    def test_a_database_migrated_under_us_is_noticed(self, store: EmbeddedStore, settings: Settings) -> None:
        with closing(sqlite3.connect(settings.database)) as connection:
            connection.execute("PRAGMA user_version = 999")
        with pytest.raises(StoreUnavailable, match="schema 999"):
            store.ping()

    def test_a_closed_store_says_so(self, store: EmbeddedStore) -> None:
        store.close()
        store.close()
        for call in (store.ping, store.as_owner(ANA).sessions):
            with pytest.raises(StoreUnavailable, match="closed"):
                call()

    def test_a_fault_of_ours_is_an_internal_error(self, store: EmbeddedStore) -> None:
        session, source = opened(store)
        task = submit(store, session.id)
        twin = make_node(task, source.id).model_copy(update={"id": source.id})
        with pytest.raises(InternalError):
            store.ledger.commit_node(task.id, claimed(store, task), twin, result={})

    def test_an_interrupted_transaction_is_void(self, store: EmbeddedStore) -> None:
        def write_and_stop() -> None:
            with store._database.writing() as connection:
                connection.execute("UPDATE sessions SET name = 'half'")
                raise KeyboardInterrupt

        session, _ = opened(store)
        with pytest.raises(KeyboardInterrupt):
            write_and_stop()
        assert store.as_owner(ANA).session(session.id) == session


def test_a_backup_is_a_copy_of_the_folder(store: EmbeddedStore, settings: Settings, tmp_path: Path) -> None:
    session, _source = opened(store)
    with store.blobs.create("local/s/blocks/b") as stream:
        stream.write(b"x")
    store.close()
    shutil.copytree(settings.data_dir, tmp_path / "copy")
    with closing(open_store(Settings(data_dir=tmp_path / "copy"))) as copy:
        assert copy.as_owner(ANA).session(session.id) == session
        assert list(copy.blobs.keys("")) == ["local/s/blocks/b"]


def test_databases_are_not_kept_alive_by_the_watch_over_forks(settings: Settings) -> None:
    gc.collect()
    before = len(database._DATABASES)
    open_store(settings).close()
    gc.collect()
    assert len(database._DATABASES) == before
