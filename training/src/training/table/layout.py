"""Checks every row of a CSV file against its header before anything is made of it."""

import codecs
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from training.data import Data
from training.table.misfit import Misfits, separator_hint
from training.table.spool import unreadable

QUOTE = b'"'
EXCEL_SEPARATOR = re.compile(rb"^sep=(.)\r?\n?$", re.IGNORECASE)
PADDED = re.compile(r"\s*[+-]?0[0-9]+\s*")


@dataclass(frozen=True)
class Layout:
    """Where the rows begin (a byte), how many there are, and where blank lines lie among them.

    A column without a name gets pandas' `Unnamed: 3`. `padded` are the positions of columns with
    whole numbers that begin with a zero, such as 02134. `row_names`: each row begins with R's row
    name, which the header does not name.
    """

    names: list[str]
    offset: int
    rows: int
    blank: list[int]
    padded: frozenset[int]
    row_names: bool


class _Lines:
    """The lines of a UTF-8 file, counted; the last one may be put back."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.number, self.again = file, 0, b""
        self.taken: list[bytes] = []

    def next_line(self) -> bytes:
        """Return a line with its ending, empty at the end of the file."""
        line, self.again = self.again or self.file.readline(), b""
        self.number += bool(line)
        return line

    def put_back(self, line: bytes) -> None:
        self.again = line
        self.number -= 1

    def __iter__(self) -> Iterator[str]:
        while line := self.next_line():
            self.taken.append(line)
            yield line.decode()


def scan(file: IO[bytes], data: Data) -> Layout:
    """Read the whole file once; raises InvalidInputError that names lines and field counts."""
    return _Scan(file, data).layout()


class _Scan:
    def __init__(self, file: IO[bytes], data: Data) -> None:
        self.data, self.lines = data, _Lines(file)
        self.separator = data.separator.encode()
        self.reader = csv.reader(iter(self.lines), delimiter=data.separator, strict=True)
        # Quick, not exact: a literal first is what makes `re` fast. It skips most lines.
        self.maybe_padded = re.compile(rb"0[0-9](?<=[ %s]0.)" % re.escape(self.separator))
        self.padded: set[int] = set()
        self.header = b""

    def layout(self) -> Layout:
        names = self._header()
        header = self.header.strip()
        offset, width = self.lines.file.tell(), len(names)
        misfits, rows = Misfits(self.data, width), 0
        blank: list[int] = []
        readline, separator = self.lines.file.readline, self.separator  # this loop is the hot one
        number = self.lines.number
        while line := readline():
            number += 1
            fields = None
            if line[:1] == header[:1] and line.strip() == header:
                raise unreadable(
                    self.data,
                    f"line {number} is the header again, as in files that were put together; "
                    "remove it",
                )
            if QUOTE in line or b"\r" in line[:-2]:
                self.lines.number = number
                fields = self._quoted(line, width)
                count, first = len(fields), number
                number = self.lines.number
                self._note_padding(fields)
            else:
                count, first = line.count(separator) + 1, number
                if (count != width or width == 1) and self._is_blank(line):
                    blank.append(rows + len(blank))
                    continue
                if self.maybe_padded.search(line) or (line[:1] == b"0" and line[1:2].isdigit()):
                    self._note_padding(line.decode().split(self.data.separator))
            rows += 1
            if count != width or misfits.counts:
                quoted_first = line.startswith(QUOTE)
                misfits.note(first, count, line, fields, quoted_first=quoted_first)
        row_names = misfits.are_row_names(rows)
        if misfits.counts and not row_names:
            raise unreadable(self.data, misfits.message(names, rows))
        return Layout(names, offset, rows, blank, frozenset(self.padded), row_names)

    def _is_blank(self, line: bytes) -> bool:
        """Whether a line holds nothing but spaces; of tabs, where they do not separate."""
        return line.isspace() and self.separator not in line.strip(b"\r\n ")

    def _header(self) -> list[str]:
        """Return the header's names; a first line such as Excel's `sep=;` is left out."""
        line = self.lines.next_line().removeprefix(codecs.BOM_UTF8)
        if stated := EXCEL_SEPARATOR.match(line):
            if stated[1] != self.separator:
                sign = stated[1].decode()
                reason = f"line 1 says that the separator is '{sign}'; write 'data.separator: "
                raise unreadable(self.data, f'{reason}"{sign}"\'')
            line = self.lines.next_line()
        while line.isspace():
            line = self.lines.next_line()
        if not line:
            raise unreadable(self.data, "the file is empty")
        self.header = line
        names = self._quoted(line, 0)
        if hint := separator_hint(line.decode(), self.data.separator):
            raise unreadable(self.data, hint)
        if twice := sorted({name for name in names if name and names.count(name) > 1}):
            raise unreadable(self.data, f"two columns are called {', '.join(twice)}; rename one")
        return [name or f"Unnamed: {position}" for position, name in enumerate(names)]

    def _quoted(self, line: bytes, width: int) -> list[str]:
        """Read one record with the csv module, as many lines as it has."""
        begin = self.lines.number
        self.lines.put_back(line)
        self.lines.taken.clear()
        try:
            fields = next(self.reader)
        except csv.Error as error:
            raise unreadable(self.data, self._broken(begin, str(error))) from error
        taken = self.lines.taken
        if width > 1 and len(taken) > 1 and not self.data.line_breaks:
            full = sum(one.count(self.separator) + 1 == width for one in taken)
            if 2 * full >= len(taken) and full > 1:
                raise unreadable(self.data, self._swallowed(begin, len(taken)))
        return fields

    def _broken(self, begin: int, reason: str) -> str:
        if "unexpected end" in reason:
            return (
                f"a quote that is opened in line {begin} is never closed; close it, or double "
                'a quote that belongs to the text ("")'
            )
        if "new-line character" in reason:
            return (
                f"line {begin} holds a carriage return without a line feed; save the file with "
                "the line endings LF or CRLF"
            )
        where = f"line {begin}"
        if self.lines.number > begin:
            where = f"lines {begin} to {self.lines.number}"
        return (
            f"{where}: a quote is not paired ({reason}); close it, or double a quote that belongs "
            'to the text ("")'
        )

    def _swallowed(self, begin: int, count: int) -> str:
        return (
            f"a quoted field that begins in line {begin} holds {count - 1} line break(s), and the "
            "lines in it look like rows: a quote is not paired; close it, or double a quote that "
            "belongs to the text (\"\"). If the text is right, write 'data.line_breaks: true'"
        )

    def _note_padding(self, fields: list[str]) -> None:
        for i, field in enumerate(fields):
            if "0" in field[:3] and i not in self.padded and PADDED.fullmatch(field):
                self.padded.add(i)
