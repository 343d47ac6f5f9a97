"""Suggests what was meant."""

import difflib
import unicodedata


def like(name: str, known: list[str]) -> str:
    """End a message about an unknown `name`: the known one most like it, else all of them."""
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"; did you mean '{close[0]}'?" if close else f"; it has {', '.join(known)}"


def reduced(text: str) -> str:
    """Write a text without case, outer and repeated spaces, and other codes of its characters."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def told_apart(*texts: str) -> str:
    """Quote texts that look alike, by their codes where their characters are the same."""
    same = len({unicodedata.normalize("NFC", text) for text in texts}) < len(texts)
    return " and ".join(map(ascii if same else repr, texts))
