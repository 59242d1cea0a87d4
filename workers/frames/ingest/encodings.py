"""In which encoding a file of text is written.

A byte order mark decides. Without one, text that is valid UTF-8 to its last byte is UTF-8. Otherwise zero
bytes in every second place say UTF-16, and what is left is Windows-1252 (of which Latin-1 is a part, but for
control characters) if it looks like text in a Western language. Nothing else is guessed.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import FileEmpty, FileEncodingUnknown, InvalidParameter

__all__ = ["Text", "text_of"]

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHUNK = 4 * 1024 * 1024
_SAMPLE = 1024 * 1024
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_NOT_1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_WORD = re.compile(rb"[A-Za-z\xc0-\xff]{3,}")
_HIGH = re.compile(rb"[\xc0-\xff]")
_MOSTLY_HIGH = 0.6
# Signs of Windows-1252 (quotes, dashes, currencies, fractions) right before another byte that is not ASCII.
_ODD_PAIR = re.compile(rb"[\x80-\x89\x8b\x91-\x99\x9b\xa1-\xa9\xab-\xb9\xbb-\xbf][\x80-\xff]")
_MANY_ODD = 0.15
_HINT = (
    "Save it as UTF-8, or open it with encoding=… if you know how it was written (e.g. 'cp1250', 'cp1251')."
)


@dataclass(frozen=True)
class Text:
    """A file of text: its encoding, why it is that one, and what was seen on the way.

    Args:
        path: Where its bytes are.
        filename: The name that the user knows it by.
        encoding: Python's name of the encoding.
        why: The reason, in a few words.
        quotes: How many double quotes it holds.
        size: How many bytes it has.
    """

    path: Path
    filename: str
    encoding: str
    why: str
    quotes: int
    size: int

    def head(self, size: int = _SAMPLE) -> str:
        """Decode the beginning of the file, without a character that is cut."""
        with self.path.open("rb") as file:
            decoder = codecs.getincrementaldecoder(self.encoding)()
            return decoder.decode(file.read(size))


def text_of(
    path: Path, filename: str, *, encoding: str | None, on_progress: Callable[[float, str], None]
) -> Text:
    """Read a file once to find out how it is encoded.

    Args:
        path: Where its bytes are.
        filename: The name that the user knows it by.
        encoding: The encoding, if the user says it.
        on_progress: Is told the part that was read.

    Raises:
        FileEmpty: It holds nothing but blanks.
        FileEncodingUnknown: Its bytes are not text, or not in the encoding that was given.
        InvalidParameter: There is no encoding of that name.
    """
    with path.open("rb") as file:
        head = file.read(_SAMPLE)
    chosen, why = _given(encoding) if encoding else _begins_as(head)
    try:
        quotes = _verify(path, chosen, on_progress)
    except UnicodeDecodeError as error:
        if encoding or why != _ASSUMED:
            raise _undecodable(filename, chosen, error) from error
        chosen, why = _western(path, filename, error)
        try:
            quotes = _verify(path, chosen, on_progress)
        except UnicodeDecodeError as second:
            raise _not_western(filename, second) from second
    if _CONTROLS.search(head) and chosen not in ("utf-16", "utf-16-le", "utf-16-be", "utf-32"):
        raise FileEncodingUnknown(
            f"'{filename}' holds control characters that no text has: it is not a text file.",
            _HINT,
            file=filename,
        )
    if not head.decode(chosen, errors="ignore").strip("\ufeff \t\r\n") and len(head) < _SAMPLE:
        raise FileEmpty(
            f"'{filename}' holds nothing but blanks.", "Check how it was saved or sent.", file=filename
        )
    return Text(path, filename, chosen, why, quotes, path.stat().st_size)


_ASSUMED = "every byte is valid UTF-8"


def _given(encoding: str) -> tuple[str, str]:
    try:
        codecs.lookup(encoding)
        "".encode(encoding)
    except LookupError as error:
        raise InvalidParameter(
            f"There is no text encoding '{encoding}'.",
            "Use a name that Python knows, such as 'utf-8', 'cp1252' or 'shift_jis'.",
            encoding=encoding,
        ) from error
    return encoding, "it was given"


def _begins_as(head: bytes) -> tuple[str, str]:
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name, "the byte order mark at its beginning"
    pairs = len(head) // 2
    for name, zeros in (("utf-16-le", head[1::2].count(0)), ("utf-16-be", head[0::2].count(0))):
        if zeros > 0.3 * pairs > 0 and head.count(0) < 1.2 * zeros:
            return name, "a zero in every second byte"
    return "utf-8", _ASSUMED


def _verify(path: Path, encoding: str, on_progress: Callable[[float, str], None]) -> int:
    """Decode the whole file, and count its double quotes. Raises UnicodeDecodeError."""
    size, done, quotes = path.stat().st_size, 0, 0
    decoder = codecs.getincrementaldecoder(encoding)()
    plain = encoding == "utf-8"
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            quotes += chunk.count(b'"')
            if not (plain and chunk.isascii() and not decoder.getstate()[0]):
                _decode(decoder, chunk, done)
            done += len(chunk)
            on_progress(done / size, "looking at the encoding")
    _decode(decoder, b"", done, final=True)
    return quotes


def _decode(decoder: codecs.IncrementalDecoder, chunk: bytes, offset: int, *, final: bool = False) -> None:
    pending = len(decoder.getstate()[0])
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError as error:
        start = offset - pending + error.start
        raise UnicodeDecodeError(error.encoding, error.object, start, start + 1, error.reason) from error


def _undecodable(filename: str, encoding: str, error: UnicodeDecodeError) -> FileEncodingUnknown:
    return FileEncodingUnknown(
        f"'{filename}' is not {encoding}: byte {error.start:,} does not fit.",
        _HINT,
        file=filename,
        encoding=encoding,
        position=error.start,
    )


def _western(path: Path, filename: str, error: UnicodeDecodeError) -> tuple[str, str]:
    """Weigh the evidence for Windows-1252 in the first bytes that are not UTF-8, and those after them."""
    with path.open("rb") as file:
        file.seek(max(0, error.start - _SAMPLE // 2))
        sample = file.read(_SAMPLE)
    read = sample.decode("utf-8", errors="surrogateescape")
    stray = sum("\udc80" <= character <= "\udcff" for character in read)
    wide = sum(character > "\x7f" for character in read) - stray
    if wide > stray:
        raise FileEncodingUnknown(
            f"'{filename}' is UTF-8 for the most part, but not at byte {error.start:,}.",
            "Save it again as UTF-8, or open it with encoding='cp1252' to take every byte as it is.",
            file=filename,
            position=error.start,
        ) from error
    if not _looks_western(sample):
        raise _not_western(filename, error) from error
    return "cp1252", "it is not UTF-8, and its letters are those of a Western language"


def _looks_western(sample: bytes) -> bool:
    """Whether bytes make sense as Windows-1252: words mostly of ASCII letters, and signs not in clusters."""
    if _NOT_1252.search(sample):
        return False
    words = [word for word in _WORD.findall(sample) if _HIGH.search(word)]
    high = sum(len(_HIGH.findall(word)) for word in words)
    if high > _MOSTLY_HIGH * max(1, sum(map(len, words))):
        return False
    beyond_ascii = len(sample) - len(sample.decode("ascii", errors="ignore"))
    return len(_ODD_PAIR.findall(sample)) <= _MANY_ODD * beyond_ascii


def _not_western(filename: str, error: UnicodeDecodeError) -> FileEncodingUnknown:
    return FileEncodingUnknown(
        f"'{filename}' is neither UTF-8 nor text in a Western encoding (byte {error.start:,}).",
        _HINT,
        file=filename,
        position=error.start,
    )
