"""Makes columns of a checked CSV file: numbers where all values are, else the file's text."""

import warnings
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import IO, Any, cast

import pandas as pd

from training.data import Data
from training.table.layout import Layout
from training.table.missing import number_words, text_words, values_and_counts, without
from training.table.spool import unreadable

SAMPLE = 2000  # rows that tell which columns are text before all are read
EXACT = 2**53  # whole numbers beyond are no longer told apart as float64


@dataclass(frozen=True)
class CsvFile:
    """An open UTF-8 CSV file whose rows were checked."""

    file: IO[bytes]
    layout: Layout
    data: Data
    sha256: str

    def columns(self, names: Collection[str], text: Collection[str]) -> pd.DataFrame:
        """Read columns by their names in the file.

        A column is int64 or float64 when every value is a plain number that this type tells apart,
        and categorical text otherwise, as are all of `text`. Missing values are taken out.
        """
        positions = self._positions(names)
        as_text = {positions[name] for name in text if name in positions}
        as_text |= self._texts_in_sample(positions.values())
        frame = self._read(positions.values(), as_text)
        wrong = {i for i in set(positions.values()) - as_text if self._lossy(frame[i], i)}
        again = self._read(wrong, wrong) if wrong else frame
        return pd.DataFrame(
            {
                name: self._without_missing(again[i] if i in wrong else frame[i], ())
                for name, i in positions.items()
            }
        )

    def fields(self) -> pd.DataFrame:
        """Read all columns as they are written; an empty field is an empty text."""
        positions = self._positions(self.layout.names)
        frame = self._parsed(list(positions.values()), dtype=str, na_values=[])
        return frame.astype(object).set_axis(list(positions), axis="columns")

    def batches(self, rows: int) -> Iterator[pd.DataFrame]:
        """Read all columns as they are written, so many rows at once."""
        positions = self._positions(self.layout.names)
        told: dict[str, Any] = {"dtype": str, "na_values": [], "chunksize": rows}
        parsed: Any = self._parsed(list(positions.values()), **told)
        for frame in parsed:
            yield frame.set_axis(list(positions), axis="columns")

    def texts(self, names: Collection[str], keep: Collection[str] = ()) -> pd.DataFrame:
        """Read columns as categorical text, of which `keep` is never missing."""
        positions = self._positions(names)
        frame = self._read(positions.values(), set(positions.values()))
        return pd.DataFrame(
            {name: self._without_missing(frame[i], keep) for name, i in positions.items()}
        )

    def _positions(self, names: Collection[str]) -> dict[str, int]:
        """Return where each column stands in a row."""
        first = int(self.layout.row_names)
        return {name: i for i, name in enumerate(self.layout.names, first) if name in set(names)}

    def _without_missing(self, column: "pd.Series[Any]", keep: Collection[str]) -> "pd.Series[Any]":
        if column.dtype != "category":
            return column
        texts, _ = values_and_counts(column)
        return without(column, text_words(texts, self.data.missing) - set(keep))

    def _texts_in_sample(self, positions: Collection[int]) -> set[int]:
        """Return columns whose first rows hold what is no number, even by its other signs."""
        sample = self._parsed(list(positions), dtype=str, nrows=SAMPLE)
        words = number_words(self.data.missing)
        return {i for i in positions if not _all_numbers(sample[i], words, self.data.decimal)}

    def _read(self, positions: Collection[int], as_text: set[int]) -> pd.DataFrame:
        """Read columns by position, text as pandas' categories, which hold each text once."""
        among_numbers = ["", *number_words(self.data.missing)]
        frame = self._parsed(
            list(positions),
            dtype=dict.fromkeys(as_text, str),
            na_values={i: [""] if i in as_text else among_numbers for i in positions},
            decimal=self.data.decimal,
        )
        if len(frame) != self.layout.rows:
            reason = f"it has {self.layout.rows} rows, of which pandas reads {len(frame)}"
            raise unreadable(self.data, reason)
        return frame.astype(dict.fromkeys(as_text, "category"))

    def _parsed(self, positions: list[int], **options: Any) -> pd.DataFrame:
        """Parse by position, so that no name and no index can move a column."""
        self.file.seek(self.layout.offset)
        width = self.layout.row_names + len(self.layout.names)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", pd.errors.DtypeWarning)  # such a column is read as text
            frame = pd.read_csv(
                self.file,
                sep=self.data.separator,
                header=None,
                names=list(range(width)),
                usecols=positions,
                index_col=False,
                skiprows=self.layout.blank,
                keep_default_na=False,
                skip_blank_lines=False,  # they would also cost the first field its leading spaces
                encoding="utf-8",
                **{"na_values": [""]} | options,
            )
            return cast("pd.DataFrame", frame)

    def _lossy(self, column: "pd.Series[Any]", position: int) -> bool:
        """Whether a column is no number, or one that loses what its text says."""
        if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
            return True
        return position in self.layout.padded or bool((column.abs() >= EXACT).any())


def _all_numbers(column: "pd.Series[Any]", words: frozenset[str], decimal: str) -> bool:
    texts = column[~column.isin(words)].dropna().str.replace(decimal, ".", regex=False)
    return bool(pd.to_numeric(texts, errors="coerce").notna().all())
