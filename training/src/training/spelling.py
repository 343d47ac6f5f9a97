"""Suggests what was meant."""

import difflib


def like(name: str, known: list[str]) -> str:
    """End a message about an unknown `name`: the known one most like it, else all of them."""
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"; did you mean '{close[0]}'?" if close else f"; it has {', '.join(known)}"
