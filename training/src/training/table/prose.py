"""Recognises free text, such as a review: sentences rather than names, addresses or labels."""

from collections.abc import Collection

WORDS = 4  # of a value, on average
SAMPLE = 1000


def is_prose(texts: Collection[str]) -> bool:
    """Whether values have several words each, of which most do not begin with a capital or digit.

    Names and addresses have as many words, and capitals.
    """
    words = [text.split() for text in list(texts)[:SAMPLE]]
    flat = [word for some in words for word in some]
    small = sum(word[0].isalpha() and not word[0].isupper() for word in flat)
    return len(flat) >= WORDS * len(words) > 0 and 2 * small > len(flat)
