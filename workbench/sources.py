"""What can be opened: local files and data frames, made ready to be uploaded."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

from workbench.errors import FileMissing, FileUnreadable, InvalidParameter, nearest
from workbench.ingest_options import IngestOptions

__all__ = ["Counted", "Source", "dataset_name"]


_DEFAULTS = IngestOptions()
_LONGEST_NAME = 100  # characters of a dataset's name, as the API has it


class Source(NamedTuple):
    """Something to open: a path or a frame, the name that it gets, and how it is to be read."""

    what: Any
    name: str
    options: IngestOptions = _DEFAULTS

    @classmethod
    def of(cls, what: object, name: str | None = None, options: IngestOptions = _DEFAULTS) -> Source:
        """Look at what was given, before anything is uploaded.

        Args:
            what: A path, or a frame.
            name: Its name; of a file, by default the file's without its ending.
            options: How a file is to be read.

        Raises:
            FileMissing: When there is no such file.
            FileUnreadable: When it is a folder, or may not be read.
            InvalidParameter: When it is neither a path nor a frame, or a frame with options.
        """
        if isinstance(what, str | os.PathLike):
            path = _checked(what)
            return cls(path, name or dataset_name(path), options)
        if not _is_frame(what):
            as_name = f" (given as {name}=…)" if name else ""
            raise InvalidParameter(
                f"A {type(what).__name__} cannot be opened as a table{as_name}.",
                "Give the path of a file, or a pandas frame; options have pandas' names: sep, dtype, …",
            )
        if options.given:
            raise InvalidParameter(
                f"A frame has its types already: {', '.join(sorted(options.given))} cannot be said of it.",
                "Open it without, and cast columns afterwards.",
            )
        return cls(what, name or "data")

    def fields(self) -> dict[str, str]:
        """What goes with the file in the form that is sent."""
        fields = {"name": self.name}
        if self.options.given:
            fields["options"] = self.options.model_dump_json(exclude_defaults=True)
        return fields

    @contextmanager
    def upload(self) -> Iterator[tuple[BinaryIO, str]]:
        """Open the bytes to be uploaded, and say the file name that goes with them."""
        if isinstance(self.what, Path):
            with self.what.open("rb") as file:
                yield file, _said(self.what.name)
            return
        from workbench.frame_upload import frame_to_arrow_file

        with tempfile.TemporaryDirectory(prefix="workbench-") as folder:
            path = Path(folder) / "frame.arrow"
            frame_to_arrow_file(_pandas(self.what), path)
            with path.open("rb") as file:
                yield file, f"{self.name}.arrow"


class Counted:
    """A file that says how much of it was read, in percent, as it is."""

    def __init__(self, file: BinaryIO, on_percent: Any) -> None:
        self._file = file
        self._on_percent = on_percent
        self._size = os.fstat(file.fileno()).st_size
        self._done = 0
        self._last = 0

    def read(self, size: int = -1) -> bytes:
        """Read, and say so at each whole percent."""
        data = self._file.read(size)
        self._done += len(data)
        percent = self._done * 100 // self._size if self._size else 100
        if percent != self._last:
            self._last = percent
            self._on_percent(percent)
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go elsewhere; from the start, the counting begins again."""
        self._done = 0
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Where reading goes on."""
        return self._file.tell()

    def fileno(self) -> int:
        """The file's number, by which its length is found."""
        return self._file.fileno()

    def as_file(self) -> BinaryIO:
        """The same, for type checkers."""
        return cast("BinaryIO", self)


def dataset_name(path: Path) -> str:
    r"""Name a dataset after its file, as far as a name may be long and can be shown.

    Example:
        >>> dataset_name(Path("data/flights.csv.gz")), dataset_name(Path("two\nlines.csv"))
        ('flights', 'two lines')
    """
    stem = _said(path.name).lstrip(".").split(".")[0]
    shown = "".join(character if character.isprintable() else " " for character in stem)
    return shown[:_LONGEST_NAME].strip() or "data"


def _said(name: str) -> str:
    """A file's name as text; its bytes need not be any."""
    return os.fsencode(name).decode("utf-8", "replace")


def _checked(what: str | os.PathLike[str]) -> Path:
    text = os.fspath(what)
    if "://" in text:
        raise InvalidParameter(
            f"'{text}' is an address, and only local files can be opened.", "Download the file, then open it."
        )
    path = Path(text).expanduser()
    try:
        is_folder, is_file, exists = path.is_dir(), path.is_file(), path.exists()
    except OSError as error:
        raise FileUnreadable(
            f"'{text[:80]} …' cannot be opened: {error.strerror}.", "Check the path.", path=text
        ) from None
    if is_folder:
        raise FileUnreadable(
            f"'{path}' is a folder, not a file.", "Give the path of one file in it.", path=text
        )
    if not exists:
        raise FileMissing(f"There is no file '{path}'.", _hint(path), path=text)
    if not is_file:
        raise FileUnreadable(
            f"'{path}' is a device or a pipe, not a file.", "Save what it gives to a file first.", path=text
        )
    if not os.access(path, os.R_OK):
        raise FileUnreadable(f"'{path}' may not be read.", "Change its permissions, or copy it.", path=text)
    return path


def _hint(path: Path) -> str:
    """Name the files there that are called alike, or where was looked."""
    folder = path.parent
    if not folder.is_dir():
        return f"There is no folder '{folder.absolute()}' either."
    try:
        names = [entry.name for entry in folder.iterdir()][:1000]
    except OSError:
        names = []
    near = nearest(path.name, names, cutoff=75.0)
    if near:
        return f"Did you mean {' or '.join(repr(str(folder / name)) for name in near)}?"
    return f"It was looked for in '{folder.absolute()}'."


def _is_frame(what: object) -> bool:
    """Whether it is a table in memory: pandas, or anything that gives Arrow."""
    return hasattr(what, "__arrow_c_stream__") or _is_pandas(what)


def _is_pandas(what: object) -> bool:
    kind = type(what)
    return kind.__module__.split(".")[0] == "pandas" and kind.__name__ == "DataFrame"


def _pandas(what: Any) -> Any:
    if _is_pandas(what):
        return what
    import pyarrow as pa

    return pa.table(what).to_pandas()
