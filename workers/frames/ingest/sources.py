"""Which format a file is of: by the ending of its name, and whether its bytes agree."""

from __future__ import annotations

import codecs
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePath

from workbench.errors import FileEmpty, FileFormatMismatch, FileFormatUnknown, FileUnreadable

__all__ = ["KNOWN_ENDINGS", "Source", "recognise"]

_FORMATS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".txt": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "arrow",
    ".arrows": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".xlsx": "excel",
    ".xlsm": "excel",
}
_COMPRESSIONS = {".gz": "gzip", ".bz2": "bz2", ".zst": "zstd", ".zip": "zip"}

_TEXT = {"csv", "tsv", "json", "jsonl"}

KNOWN_ENDINGS = (*_FORMATS, *_COMPRESSIONS)
"""Those of formats; and those that may follow the ending of a text format, where it is compressed."""
_HEAD_BYTES = 64 * 1024
_STREAM = b"\xff\xff\xff\xff"  # how a message of an Arrow stream begins

_SIGNATURES = (
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow file"),
    (b"FEA1", "a Feather file of version 1"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"PK\x05\x06", "a ZIP archive"),
    (b"\x1f\x8b", "gzip-compressed"),
    (b"BZh", "bzip2-compressed"),
    (b"\x28\xb5\x2f\xfd", "Zstandard-compressed"),
    (b"\xd0\xcf\x11\xe0", "an old or password-protected Office document"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x80\x04\x95", "a pickle"),
)
_COMPRESSED = {
    "gzip": "gzip-compressed",
    "bz2": "bzip2-compressed",
    "zstd": "Zstandard-compressed",
    "zip": "a ZIP archive",
}


@dataclass(frozen=True)
class Source:
    """A file to be read.

    Args:
        path: Where its bytes are.
        filename: The name that the user knows it by.
        format: "csv", "tsv", "excel", "json", "jsonl", "parquet" or "arrow".
        compression: "gzip", "bz2", "zstd", "zip" or None.
    """

    path: Path
    filename: str
    format: str
    compression: str | None = None


def recognise(path: Path, filename: str) -> Source:
    """Find the format of a file.

    Args:
        path: Where its bytes are.
        filename: Its name; the ending says the format.

    Returns:
        The file with its format, once its first bytes agree with it.

    Raises:
        FileEmpty: It has no bytes.
        FileFormatUnknown: Its ending says nothing to us.
        FileFormatMismatch: Its bytes are those of another format.
        FileUnreadable: It is a damaged archive.
    """
    source = _by_name(path, filename)
    if path.stat().st_size == 0:
        raise FileEmpty(f"'{filename}' has no bytes.", "Check how it was saved or sent.", file=filename)
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    found = _found_in(path, filename, head)
    if not _agrees(source, head, found):
        raise FileFormatMismatch(
            f"'{filename}' ends like {_article(source)} file, but it is {found or 'something else'} inside.",
            "Give the file the ending that fits its content, or save it again in the format of its ending.",
            file=filename,
            found=found,
        )
    return source


def _by_name(path: Path, filename: str) -> Source:
    endings = [ending.lower() for ending in PurePath(filename).suffixes[-2:]]
    compression = _COMPRESSIONS.get(endings[-1]) if endings else None
    kind = _FORMATS.get("".join(endings[:-1] if compression else endings[-1:]))
    if kind is None or (compression and kind not in _TEXT):
        raise FileFormatUnknown(
            f"The ending of '{filename}' is not one of a format that can be opened.",
            f"Known endings are {', '.join(_FORMATS)}, those of text also with {', '.join(_COMPRESSIONS)}.",
            file=filename,
            known=list(KNOWN_ENDINGS),
        )
    return Source(path, filename, kind, compression)


def _found_in(path: Path, filename: str, head: bytes) -> str:
    """Name what the bytes are, as far as they show it; "" for text that may be anything."""
    for signature, name in _SIGNATURES:
        if head.startswith(signature):
            return _archive(path, filename) if name == "a ZIP archive" else name
    if head.startswith(_STREAM):
        return "an Arrow stream"
    text = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if text[:1] in (b"{", b"[") and _is_json(text):
        return "JSON"
    if text[:14].lower().startswith((b"<!doctype html", b"<html")):
        return "an HTML page"
    return "XML" if text.startswith(b"<?xml") else ""


def _archive(path: Path, filename: str) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile as error:
        raise FileUnreadable(
            f"'{filename}' is a damaged archive: {error}.", "Download or save it again.", file=filename
        ) from error
    return "an Excel workbook" if any(name.startswith("xl/") for name in names) else "a ZIP archive"


def _is_json(text: bytes) -> bool:
    """Whether a text that begins with a brace goes on as JSON does (its first 64 KiB are at hand)."""
    line = text.split(b"\n", 1)[0].strip().rstrip(b",")
    if line in (b"{", b"[", b"[{"):
        return True
    try:
        json.loads(line)
    except RecursionError:
        return True  # whoever reads it says what is wrong
    except ValueError:
        return line[:2] in (b'{"', b"[{") or (line[:1] == b"[" and len(line) == len(text.rstrip()))
    return True


def _agrees(source: Source, head: bytes, found: str) -> bool:
    if source.compression:
        return found == _COMPRESSED[source.compression]
    match source.format:
        case "parquet":
            return found == "a Parquet file"
        case "arrow":
            return found in ("an Arrow file", "an Arrow stream", "a Feather file of version 1")
        case "excel":
            return found == "an Excel workbook"
        case "json" | "jsonl":
            return found == "JSON" or not head.removeprefix(codecs.BOM_UTF8).strip()
        case _:
            return found == ""


def _article(source: Source) -> str:
    if source.compression:
        return f"a {source.compression}-compressed"
    names = {"csv": "a CSV", "tsv": "a TSV", "excel": "an Excel", "json": "a JSON", "jsonl": "a JSON Lines"}
    return names.get(source.format, "a Parquet" if source.format == "parquet" else "an Arrow")
