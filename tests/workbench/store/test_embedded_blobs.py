"""The folder of blobs: what it does beyond the contract of all blobs."""

from __future__ import annotations

import errno
import mmap
import os
import signal
from pathlib import Path

import pytest

from workbench.errors import StoreUnavailable
from workbench.store.embedded.blobs import FolderBlobs

KEY = "local/session/blocks/1"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "blobs"


@pytest.fixture
def blobs(root: Path) -> FolderBlobs:
    return FolderBlobs(root)


def put(blobs: FolderBlobs, key: str = KEY, content: bytes = b"content") -> None:
    with blobs.create(key) as stream:
        stream.write(content)


def files_in(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def test_a_key_is_a_path_and_nothing_is_left_beside_it(blobs: FolderBlobs, root: Path) -> None:
    put(blobs)
    put(blobs)
    assert files_in(root) == [KEY]


def test_a_blob_can_be_mapped_into_memory(blobs: FolderBlobs, root: Path) -> None:
    put(blobs)
    with blobs.open(KEY) as stream, mmap.mmap(stream.fileno(), 0, prot=mmap.PROT_READ) as mapped:
        assert stream.name == root / KEY or stream.name == str(root / KEY)
        assert mapped[:] == b"content"


def test_a_blob_is_durable_before_it_has_its_name(
    blobs: FolderBlobs, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = []
    sync = os.fsync

    def note(descriptor: int) -> None:
        synced.append((Path(f"/dev/fd/{descriptor}").is_dir(), (root / KEY).exists()))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    put(blobs)
    assert (False, False) in synced  # the content, while it has no name yet
    assert synced[-1] == (True, True)  # the folder, now that it has
    made = synced.index((False, False))
    assert all(is_folder for is_folder, _ in synced[:made] + synced[made + 1 :])


def test_deleting_removes_the_folders_that_become_empty(blobs: FolderBlobs, root: Path) -> None:
    put(blobs, "local/a/blocks/1")
    put(blobs, "local/b/blocks/1")
    blobs.delete("local/a/blocks/1")
    assert sorted(path.name for path in (root / "local").iterdir()) == ["b"]
    blobs.delete("local/b/blocks/1")
    assert not (root / "local").exists()
    assert root.is_dir()


def test_what_killed_writers_left_is_removed_after_a_day(root: Path) -> None:
    FolderBlobs(root)
    old, young = root / ".unfinished" / "old", root / ".unfinished" / "young"
    for path in (old, young):
        path.write_bytes(b"half")
    yesterday = old.stat().st_mtime - 90_000
    os.utime(old, (yesterday, yesterday))
    blobs = FolderBlobs(root)
    assert files_in(root) == [".unfinished/young"]
    assert list(blobs.keys("")) == []


@pytest.mark.parametrize("where", ["body", "sync"])
def test_a_full_disk_is_told_and_leaves_nothing(
    blobs: FolderBlobs, root: Path, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def write() -> None:
        with blobs.create(KEY) as stream:
            if where == "body":
                full()
            stream.write(b"content")

    with monkeypatch.context() as patch:
        if where == "sync":
            patch.setattr(os, "fsync", full)
        with pytest.raises(StoreUnavailable, match="is full") as raised:
            write()
    assert "WORKBENCH_DATA_DIR" in raised.value.hint
    assert files_in(root) == []
    put(blobs)


def test_a_file_that_grows_past_the_limit_of_its_disk_is_told(root: Path) -> None:
    resource = pytest.importorskip("resource")
    blobs = FolderBlobs(root)
    if (pid := os.fork()) == 0:
        try:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
            put(blobs, content=b"x" * 5000)  # stays in the buffer until the stream is closed
        except StoreUnavailable:
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert files_in(root) == []


def test_a_blob_under_another_blob_is_refused(blobs: FolderBlobs) -> None:
    put(blobs, "local/a")
    with pytest.raises(StoreUnavailable):
        put(blobs, "local/a/b")


def test_a_root_that_is_a_file_is_refused(root: Path) -> None:
    root.write_text("")
    with pytest.raises(StoreUnavailable):
        FolderBlobs(root)
