"""Keeps a source's bytes in a temporary file: summed, unpacked, and as UTF-8."""

import bz2
import codecs
import gzip
import hashlib
import lzma
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO, cast

from training.data import Data
from training.errors import InvalidInputError

CHUNK = 1 << 20
MEBIBYTE = 1 << 20
ENDINGS = {".gz": "gzip", ".bz2": "bz2", ".xz": "xz", ".zip": "zip"}
MAGIC = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bz2",
    b"\xfd7zXZ\x00": "xz",
    b"PK\x03\x04": "zip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"PAR1": "parquet",
    b"\xd0\xcf\x11\xe0": "excel",
}
OTHER_FILES = {"zstd": "Zstandard-compressed", "parquet": "a Parquet file", "excel": "Excel's"}
OPENERS: dict[str, Callable[[IO[bytes]], IO[bytes]]] = {
    "gzip": lambda file: cast("IO[bytes]", gzip.GzipFile(fileobj=file)),
    "bz2": lambda file: cast("IO[bytes]", bz2.BZ2File(file)),
    "xz": lambda file: cast("IO[bytes]", lzma.LZMAFile(file)),  # noqa: SIM115 - closed with `file`
}


@dataclass(frozen=True)
class Spooled:
    """`file` is the CSV as UTF-8, gone when it is closed; `sha256` is of the bytes as they came."""

    file: IO[bytes]
    sha256: str


def unreadable(data: Data, reason: str) -> InvalidInputError:
    """Say why a source is no CSV as described."""
    return InvalidInputError(data.source, [f"data.source: not a readable CSV: {reason}"])


def spool(data: Data, chunks: Iterable[bytes], check_sum: Callable[[str], None]) -> Spooled:
    """Hash and keep `chunks`, check size and sum, unpack, and decode to UTF-8."""
    digest = hashlib.sha256()

    def summed() -> Iterator[bytes]:
        for chunk in chunks:
            digest.update(chunk)
            yield chunk

    raw = _kept(data, summed())
    check_sum(digest.hexdigest())
    plain = _unpacked(data, raw)
    return Spooled(_as_utf8(data, plain), digest.hexdigest())


def _kept(data: Data, chunks: Iterable[bytes]) -> IO[bytes]:
    """Write to a temporary file, up to `data.max_mebibytes`, and rewind."""
    file, size = tempfile.TemporaryFile(), 0  # noqa: SIM115 - its user closes it
    for chunk in chunks:
        size += len(chunk)
        if size > data.max_mebibytes * MEBIBYTE:
            file.close()
            problem = f"data.max_mebibytes ({data.max_mebibytes}): the file is larger; raise it"
            raise InvalidInputError(data.source, [problem])
        file.write(chunk)
    file.seek(0)
    return file


def _unpacked(data: Data, raw: IO[bytes]) -> IO[bytes]:
    """Undo the stated compression, by default the one that the source's name ends in."""
    start = raw.read(8)
    raw.seek(0)
    found = next((kind for magic, kind in MAGIC.items() if start.startswith(magic)), "none")
    if found in OTHER_FILES:
        raise unreadable(data, f"it is {OTHER_FILES[found]}; save it as a plain CSV file")
    by_name = next((kind for end, kind in ENDINGS.items() if data.source.endswith(end)), "none")
    stated = data.compression or by_name
    if found != stated:
        remedy = f"write 'data.compression: {found}'"
        if found == "zip" and _is_workbook(raw):
            raise unreadable(data, "it is an Excel workbook; save the sheet as CSV")
        said = "by its name" if data.compression is None else "as 'data.compression' says"
        content = "not compressed" if found == "none" else f"{found}-compressed"
        expected = "" if stated == "none" else f", not {stated} {said}"
        raise unreadable(data, f"the file is {content}{expected}; {remedy}")
    if stated == "none":
        return raw
    try:
        stream = _zip_member(data, raw) if stated == "zip" else OPENERS[stated](raw)
        return _kept(data, iter(lambda: stream.read(CHUNK), b""))
    except (OSError, EOFError, lzma.LZMAError, zipfile.BadZipFile) as error:
        raise unreadable(data, f"cannot be unpacked as {stated}: {error}") from error


def _is_workbook(raw: IO[bytes]) -> bool:
    try:
        return "[Content_Types].xml" in zipfile.ZipFile(raw).namelist()
    except zipfile.BadZipFile:
        return False


def _zip_member(data: Data, raw: IO[bytes]) -> IO[bytes]:
    archive = zipfile.ZipFile(raw)
    names = [entry.filename for entry in archive.infolist() if not entry.is_dir()]
    if len(names) != 1:
        raise unreadable(data, f"the zip holds {len(names)} files; it must hold one CSV file")
    return archive.open(names[0])


def _as_utf8(data: Data, file: IO[bytes]) -> IO[bytes]:
    """Check that the file is what `data.encoding` says; rewrite it if that is not UTF-8."""
    start = file.read(4)
    file.seek(0)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and data.encoding is None:
        raise unreadable(data, "the file is UTF-16; write 'data.encoding: utf-16'")
    encoding = data.encoding or "utf-8"
    keep = codecs.lookup(encoding).name in ("utf-8", "utf-8-sig", "ascii")
    if not keep and _one_byte_a_letter(encoding):
        if _is_utf8(file):
            reason = f"the file is UTF-8, not {encoding}: remove 'data.encoding'"
            raise unreadable(data, reason)
        # Some editors put UTF-8's mark before any text: in another encoding it reads ï»¿.
        file.seek(len(codecs.BOM_UTF8) if start.startswith(codecs.BOM_UTF8) else 0)
    texts = _decoded(data, file, encoding)
    if keep:
        for _ in texts:
            pass
        file.seek(0)
        return file
    return _kept(data, (text.encode() for text in texts))


def _one_byte_a_letter(encoding: str) -> bool:
    """Whether an encoding is one such as latin-1, in which UTF-8's letters read as two or more."""
    alone = 0
    for byte in range(128, 256):
        try:
            alone += len(bytes([byte]).decode(encoding)) == 1
        except UnicodeDecodeError:
            continue
    return (
        alone > 85
    )  # some bytes mean nothing in some; the lead bytes of Shift-JIS never stand alone


def _is_utf8(file: IO[bytes]) -> bool:
    """Whether all of a file is UTF-8 that ASCII is not: by chance nothing written otherwise is."""
    decoder, ascii_only = codecs.getincrementaldecoder("utf-8")(), True
    try:
        while chunk := file.read(CHUNK):
            ascii_only &= chunk.isascii()
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    finally:
        file.seek(0)
    return not ascii_only


def _decoded(data: Data, file: IO[bytes], encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = 1
    while True:
        chunk = file.read(CHUNK)
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            lines += error.object[: error.start].count(b"\n")
            raise unreadable(data, _no_encoding(encoding, error, lines)) from error
        except UnicodeError as error:  # UTF-16 without its mark
            reason = f"it is no {encoding}: {error}; correct 'data.encoding', or leave it out"
            raise unreadable(data, reason) from error
        if "\0" in text:
            line = lines + text[: text.index("\0")].count("\n")
            remedy = "is it UTF-16? then write 'data.encoding: utf-16-le'"
            raise unreadable(data, f"line {line} holds a NUL character; {remedy}")
        lines += text.count("\n")
        yield text
        if not chunk:
            return


def _no_encoding(encoding: str, error: UnicodeDecodeError, line: int) -> str:
    """Name the byte and show how the line would read as Windows writes it."""
    content = error.object
    begin = content.rfind(b"\n", 0, error.start) + 1
    end = content.find(b"\n", error.start)
    whole = content[begin : end if end >= 0 else None].strip()[:60]
    return (
        f"line {line} holds byte 0x{content[error.start]:02X}, which is no {encoding}; save the "
        "file as UTF-8, or state 'data.encoding', such as cp1252 (Windows, Excel), in which that "
        f"line reads {whole.decode('cp1252', 'replace')!r}"
    )
