"""What one reading of a source gave, before it is a snapshot."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from training.data import Data
from training.errors import InvalidInputError
from training.table.spool import MEBIBYTE

Written = Literal["typed", "text"]


@dataclass(frozen=True)
class Reading:
    """The rows with the wanted columns, and the names of all that the source has.

    `query` is what a database was asked, `files` how many files were read.
    """

    table: pa.Table
    names: Collection[str]
    written: Written
    query: str = ""
    files: int = 0


def refused(data: Data, *why: str) -> InvalidInputError:
    """Say what is wrong with what a source gave."""
    return InvalidInputError(data.source, [f"data.source: {one}" for one in why])


def check_size(data: Data, size: int) -> None:
    """Refuse what is larger than the YAML allows; `size` is in bytes."""
    if size > data.max_mebibytes * MEBIBYTE:
        problem = f"data.max_mebibytes ({data.max_mebibytes}): the data are larger; raise it"
        raise InvalidInputError(data.source, [problem])
