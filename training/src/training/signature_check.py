"""Checks who signed a version before anything in it is read, by the prediction API's own rules.

The same rules stand in serving/src/model/signature.ts; docs/model-package.md, Signature.
"""

import re
from collections.abc import Collection

from training.errors import InvalidInputError
from training.signing import FILE, FORM, PUBLIC_KEY, PUBLIC_KEYS, signed_by

FILE_BYTES = 4096  # of a signature, at most
REMEDY = (
    "train or adopt the model again, or let a training sign what stands there "
    "(docs/model-package.md, Signature)"
)


def read_public_keys(text: str) -> frozenset[str]:
    """Return the keys of MODEL_PUBLIC_KEYS, apart by blanks or commas; none where it is not set.

    Raises InvalidInputError that names the one that is no key; also where there is none in a text.
    """
    keys = [one for one in re.split(r"[\s,]+", text) if one]
    wrong = next((one for one in keys if not PUBLIC_KEY.fullmatch(one)), "" if keys else text)
    if wrong:
        problem = (
            f"{PUBLIC_KEYS} ({wrong}): is no public key; write the 44 characters that stand behind "
            f"'key:' in {FILE}, several apart by blanks"
        )
        raise InvalidInputError("environment", [problem])
    return frozenset(keys)


def check_signature(
    name: str, version: str, content: bytes, text: str | None, keys: Collection[str]
) -> None:
    """Raise InvalidInputError unless one of the keys has signed `content` for the model `name`.

    `content` is `MLmodel`, which holds the checksum of the graph, so that it is covered too once
    it is compared; `text` is `MLmodel.sig`, None where the version has none.
    """
    found = None if text is None else FORM.fullmatch(text)
    if text is None:
        reason, remedy = f"carries no signature ({FILE})", REMEDY
    elif found is None:
        reason, remedy = f"has a {FILE} that is none of ours", REMEDY
    elif found[1] != name:
        reason = f"carries a signature for '{found[1]}'"
        remedy = f"choose a version that was trained as '{name}'"
    elif found[2] not in keys:
        reason, remedy = f"is signed by {found[2]}, which {PUBLIC_KEYS} lacks", REMEDY
    elif signed_by(text, name, content) is None:
        reason = "has another MLmodel than the one that was signed, or a forged signature"
        remedy = REMEDY
    else:
        return
    raise InvalidInputError(name, [f"version {version} {reason}; {remedy}"])
