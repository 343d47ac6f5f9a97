"""Signs an `MLmodel` file with Ed25519 (RFC 8032): the prediction API takes what its keys signed.

The file states the checksum of `model.onnx`, so that the signature covers both. How it is written:
docs/model-package.md.
"""

import hashlib
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from training.errors import InvalidInputError

FILE = "MLmodel.sig"
SECRET_CHARACTERS = 32  # of a key file, at least
KEY_FILE, UNSIGNED = "SLIPWAY_SIGNING_KEY_FILE", "SLIPWAY_SIGN_UNSIGNED"
PUBLIC_KEYS = "MODEL_PUBLIC_KEYS"
PUBLIC_KEY = re.compile(r"[A-Za-z0-9+/]{43}=")
FORM = re.compile(
    rf"format: 1\nmodel: ([^\n]+)\nkey: ({PUBLIC_KEY.pattern})\n"
    r"signature: ([A-Za-z0-9+/]{86}==)\n"
)


@dataclass(frozen=True)
class Signer:
    """Signs with `key`, and anew what another of the `trusted` public keys (base64) has signed.

    With `unsigned` also what stands and carries no signature.
    """

    key: Ed25519PrivateKey
    trusted: frozenset[str] = frozenset()
    unsigned: bool = False

    @property
    def public(self) -> str:
        """The public key, base64 of its 32 bytes."""
        return b64encode(self.key.public_key().public_bytes_raw()).decode()

    def sign(self, name: str, content: bytes) -> str:
        """Return the text of `MLmodel.sig` for the `MLmodel` file of a version of that model."""
        signature = b64encode(self.key.sign(_message(name, content))).decode()
        return f"format: 1\nmodel: {name}\nkey: {self.public}\nsignature: {signature}\n"


def signed_by(text: str, name: str, content: bytes) -> str | None:
    """Return the public key whose signature of this model's file the text holds; None for none."""
    found = FORM.fullmatch(text)
    if found is None or found[1] != name:
        return None
    try:
        key = Ed25519PublicKey.from_public_bytes(b64decode(found[2]))
        key.verify(b64decode(found[3]), _message(name, content))
    except (ValueError, InvalidSignature):
        return None
    return found[2]


def _message(name: str, content: bytes) -> bytes:
    """Say what is signed, for what; the name comes last, so that no other reading is possible."""
    digest = hashlib.sha256(content).hexdigest()
    return f"slipway model package, format 1\n{digest}\n{name}".encode()


def read_signer(environment: Mapping[str, str]) -> Signer | None:
    """Return what signs by these variables of the environment; None where no key is named.

    The private key is the SHA-256 of the file's text, so that any text of enough random characters
    is one. Raises InvalidInputError that names the variable, its value and the remedy.
    """
    file, public_keys, unsigned = (
        environment.get(name, "") for name in (KEY_FILE, PUBLIC_KEYS, UNSIGNED)
    )
    if unsigned not in ("", "1"):
        raise _invalid(f"{UNSIGNED} ({unsigned}): write 1, or leave it out")
    if file == "":
        if unsigned:
            raise _invalid(f"{UNSIGNED} ({unsigned}): needs a key to sign with; name {KEY_FILE}")
        return None
    try:
        text = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is no text"
        raise _invalid(f"{KEY_FILE} ({file}): {reason}; {_make(file)}") from error
    if len(text) < SECRET_CHARACTERS:
        raise _invalid(f"{KEY_FILE} ({file}): has only {len(text)} characters; {_make(file)}")
    trusted = public_keys.split()
    if wrong := [one for one in trusted if not PUBLIC_KEY.fullmatch(one)]:
        raise _invalid(
            f"{PUBLIC_KEYS} ({wrong[0]}): is no public key; write the 44 characters that stand "
            f"behind 'key:' in {FILE}, several apart by blanks"
        )
    key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(text.encode()).digest())
    signer = Signer(key, frozenset(trusted), unsigned == "1")
    if trusted and signer.public not in trusted:
        raise _invalid(
            f"{PUBLIC_KEYS} ({public_keys}): the prediction API would refuse what {KEY_FILE} "
            f"({file}) signs; add its public key, {signer.public}"
        )
    return signer


def _make(file: str) -> str:
    return f"write {SECRET_CHARACTERS} random characters or more: openssl rand -hex 32 > {file}"


def _invalid(problem: str) -> InvalidInputError:
    return InvalidInputError("environment", [problem])
