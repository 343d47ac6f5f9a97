"""Writes a model card as Markdown (GitHub's) with Hugging Face's YAML header."""

import re

import yaml

from training.card.parts import Block, Card, Table

ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def as_markdown(card: Card) -> str:
    """Return the card; what people wrote stays text, whatever signs it holds."""
    header = yaml.safe_dump(card.metadata, sort_keys=False, allow_unicode=True)
    parts = [f"---\n{header}---", f"# {_text(card.title)}"]
    for section in card.sections:
        parts += [f"## {_text(section.title)}", *map(_block, section.blocks)]
    return "\n\n".join(parts) + "\n"


def _block(block: Block) -> str:
    if isinstance(block, str):
        return _text(block)
    if isinstance(block, list):
        return "\n".join(f"- {_text(item)}" for item in block)
    return _table(block)


def _table(table: Table) -> str:
    rows = [table.head, ["---"] * len(table.head), *table.rows]
    first, rule, *others = [
        [cell if cell == "---" else _text(cell) for cell in row] for row in rows
    ]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (first, rule, *others))


def _text(text: str) -> str:
    """One line, with every sign escaped that means something inside a line or at its start."""
    line = " ".join(text.split())
    line = re.sub(r"[\\`*_\[\]|~#$]|^(?:[-+=]|\d+(?=[.)]\s))", r"\\\g<0>", line)
    return re.sub("[&<>]", lambda found: ENTITIES[found[0]], line)
