"""Rows whose field count is not the header's: what they are, and what to do about them."""

from training.data import Data

SHOWN = 5
OTHERS = {";": "semicolon", "\t": "tab", "|": "bar", ",": "comma"}


class Misfits:
    """Collects rows that do not fit: `counts` holds how many have how many fields."""

    def __init__(self, data: Data, width: int) -> None:
        """`width` is the number of the header's fields."""
        self.data, self.width = data, width
        self.lines: list[int] = []
        self.counts: dict[int, int] = {}
        self.all_end_empty = True
        self._named, self._seen, self._first = True, 0, 0

    def note(
        self, line: int, count: int, raw: bytes, fields: list[str] | None, *, quoted_first: bool
    ) -> None:
        """Take down one row; those that fit are passed too, once one did not."""
        if count != self.width:
            self.counts[count] = self.counts.get(count, 0) + 1
            if len(self.lines) < SHOWN:
                self.lines.append(line)
            ends = raw.rstrip(b"\r\n").endswith(self.data.separator.encode())
            self.all_end_empty &= ends
        self._note_name(fields if quoted_first else None)

    def _note_name(self, fields: list[str] | None) -> None:
        """R's `write.table` writes row names, quoted and counted, that its header leaves out."""
        number = int(fields[0]) if fields and fields[0].isdecimal() else -1
        if self._seen == 0:
            self._first = number
        self._named &= self._first in (0, 1) and number == self._first + self._seen
        self._seen += 1

    def are_row_names(self, rows: int) -> bool:
        """Whether every row has one field more, the first being a quoted row number."""
        one_more = self.counts == {self.width + 1: rows}
        return self._named and one_more and rows > 1 and not self.all_end_empty

    def message(self, names: list[str], rows: int) -> str:
        """Name lines and counts, then the remedy."""
        total = sum(self.counts.values())
        more = "" if total <= len(self.lines) else ", …"
        where = ("line " if total == 1 else "lines ") + ", ".join(map(str, self.lines)) + more
        parts = " and ".join(
            f"{number} of {rows} rows {'has' if number == 1 else 'have'} {fields} field(s)"
            for fields, number in sorted(self.counts.items())
        )
        return f"the header has {self.width} fields, but {parts} ({where}); {self._remedy(names)}"

    def _remedy(self, names: list[str]) -> str:
        if set(self.counts) == {self.width + 1} and self.all_end_empty:
            return (
                "those rows end with a separator that the header does not have: remove it there, "
                f"or write one after '{names[-1]}' too and drop the column without a name"
            )
        if self.width == 1 and len(self.counts) == 1:
            return "if the first line is a title or a comment, remove it"
        if min(self.counts) > self.width:
            return (
                'give the further field a name in the header, or quote ("…") a field that holds '
                f"the separator '{self.data.separator}'"
            )
        if max(self.counts) < self.width:
            return "is the file cut off? complete these rows or remove them"
        return (
            f"is 'data.separator' ('{self.data.separator}') right? complete short rows, and quote "
            '("…") a field that holds the separator'
        )


def separator_hint(header: str, separator: str) -> str:
    """Suspect another separator when the header is one field only, and other signs are in it."""
    if separator in header:
        return ""
    for sign, name in OTHERS.items():
        if sign != separator and sign in header:
            text = "\\t" if sign == "\t" else sign
            return (
                f"the header has one field, {header.strip()[:80]!r}; is the separator a {name}? "
                f"then write 'data.separator: \"{text}\"'"
            )
    return ""
