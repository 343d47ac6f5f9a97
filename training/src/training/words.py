"""Words of a text, by a rule that Python and an ONNX graph follow alike."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

# What stands between words, as ranges of code points: ASCII but for letters and digits, then the
# spaces and punctuation of Latin-1 and of other scripts. `\w` would be another set in the graph
# (RE2, ASCII alone) and in each version of Python.
_BETWEEN = (
    r"\x00-/:-@\[-`{-\xa9\xab-\xb4\xb6-\xb9\xbb-\xbf\xd7\xf7\u037e\u0387\u055a-\u055f\u0589"
    r"\u05be\u05c0\u05c3\u05f3\u05f4\u060c\u061b\u061f\u066a-\u066d\u06d4\u0964\u0965\u2000-\u206f\u20a0-\u20cf"
    r"\u2100-\u25ff\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020\u3030\u303d-\u303f\u30fb\ufe00-\ufe6f"
    r"\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\uffe0-\uffff"
)
_SIGNS = r"\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"  # emoji and the like: a word each
WORD = f"[^{_BETWEEN}{_SIGNS}]+|[{_SIGNS}]"
_WORD = re.compile(WORD)
_ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def re2_pattern() -> str:
    """Return `WORD` with code points written as RE2 wants them."""
    return re.sub(
        r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8}))",
        lambda found: f"\\x{{{found[1] or found[2] or found[3]}}}",
        WORD,
    )


def words_of(text: str, *, lowercase: bool) -> list[str]:
    """Return the words in order; with `lowercase`, each in its canonical form."""
    found: list[str] = _WORD.findall(text.translate(_ASCII_LOWER) if lowercase else text)
    return [canonical(word) for word in found] if lowercase else found


@lru_cache(1 << 16)
def canonical(word: str) -> str:
    """Return the word in lower case, where it is written as people do: Été, ÉTÉ, été.

    ASCII letters are in lower case already, as a graph can do that by itself. Of a word with others
    it knows the forms in a table, so that one in neither of these (éTÉ) stays as it is.
    """
    if word.isascii():
        return word
    lower = unicodedata.normalize("NFC", word.lower())
    return lower if word in _forms(lower) else word


def forms(words: Iterable[str]) -> dict[str, str]:
    """Return all that is read as one of these canonical words, with that word."""
    known = {word: word for word in words}
    more = {form: word for word in known for form in _forms(word) if canonical(form) == word}
    return dict(sorted((known | more).items()))


def _forms(lower: str) -> set[str]:
    """Return a word as it is, capitalised and in capitals; accents as one code point or two."""
    cases = (lower, lower[:1].upper() + lower[1:], lower.upper())
    found = {unicodedata.normalize(how, case) for case in cases for how in ("NFC", "NFD")}
    return {form.translate(_ASCII_LOWER) for form in found}
