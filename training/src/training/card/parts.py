"""What a model card is made of, whatever it is written as. All text is plain, nothing is markup."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Table:
    """Rows of texts below a head."""

    head: list[str]
    rows: list[list[str]]


Block = str | list[str] | Table
"""A paragraph, a list, or a table."""


@dataclass(frozen=True)
class Section:
    """Blocks below a heading; a section without blocks is left out."""

    title: str
    blocks: list[Block]


@dataclass(frozen=True)
class Card:
    """A title and sections; `metadata` is for programs."""

    title: str
    metadata: dict[str, Any]
    sections: list[Section]
