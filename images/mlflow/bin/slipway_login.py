"""Logs people in by the ID token of an OpenID provider, which a proxy before MLflow sends along.

The variable SLIPWAY_LOGIN says whose tokens are taken and what a group may do; without it none are.
Sources: OpenID Connect Core 1.0, section 3.1.3.7 (validation of an ID token), and OpenID Connect
Discovery 1.0, section 4. docs/adr/0049-people-log-in-at-their-own-provider.md says why so.
"""

import json
import os
import secrets
import threading
import time
from dataclasses import dataclass
from typing import Any

import jwt
import requests
from mlflow.exceptions import MlflowException
from mlflow.server import auth

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
# The best role of all groups counts.
ROLES = ("admin", "trainer", "reader")
_SECONDS = 5.0
# A token with an unknown key asks the provider at most this often.
_ASK_AGAIN = 10.0


class Refused(Exception):
    """Nobody is let in; says why, and the status of the answer."""

    def __init__(self, status: int, message: str) -> None:
        """Keep both."""
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Person:
    """Who sent a token, and what they may do: `admin`, `trainer` or `reader`."""

    name: str
    role: str


class Login:
    """Knows a provider's keys, and which group has which role.

    `settings`: `issuer` and `audience` of its tokens; `nameClaim` and `groupsClaim`; `groups`, a list
    by role; without one for readers, whoever the provider lets in is a reader.
    """

    def __init__(self, settings: dict[str, Any]) -> None:
        """Ask nobody yet: MLflow starts without its provider."""
        self._settings = settings
        self._keys: _Keys | None = None
        self._lock = threading.Lock()
        self._known: dict[str, str] = {}

    def person(self, token: str) -> Person:
        """Say whose token this is. Raises Refused."""
        claims = self._claims(token)
        claim = self._settings["nameClaim"]
        name = claims.get(claim)
        if not isinstance(name, str) or not name:
            raise Refused(
                403, f"the token has no claim '{claim}' to go by: have the provider add it"
            )
        return Person(name, self._role(name, claims.get(self._settings["groupsClaim"], [])))

    def ensure_user(self, person: Person) -> None:
        """Have MLflow know the person, as an administrator or not. Nobody knows the password."""
        if self._known.get(person.name) == person.role:
            return
        admin = person.role == "admin"
        if not auth.store.has_user(person.name):
            try:
                auth.store.create_user(person.name, secrets.token_urlsafe(32), is_admin=admin)
            except MlflowException:  # another worker was quicker
                auth.store.get_user(person.name)
        if auth.store.get_user(person.name).is_admin != admin:
            auth.store.update_user(person.name, is_admin=admin)
        self._known[person.name] = person.role

    def _claims(self, token: str) -> dict[str, Any]:
        try:
            key = self._provider().get_signing_key_from_jwt(token)
            required = ["exp", "iat", "iss", "aud", "sub"]
            found: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                audience=self._settings["audience"],
                issuer=self._settings["issuer"],
                leeway=30,
                options={"require": required},
            )
        except jwt.PyJWKClientConnectionError as error:
            raise Refused(503, f"the provider's keys cannot be had: {error}") from error
        except jwt.PyJWTError as error:
            raise Refused(401, f"the token is not taken: {error}; log in again") from error
        return found

    def _provider(self) -> "_Keys":
        with self._lock:
            if self._keys is None:
                self._keys = _Keys(_keys_address(self._settings["issuer"]))
            return self._keys

    def _role(self, name: str, groups: Any) -> str:
        has = {groups} if isinstance(groups, str) else set(map(str, groups or []))
        lists: dict[str, list[str]] = self._settings["groups"]
        for role in ROLES:
            if role in lists and has & set(lists[role]):
                return role
        if "reader" not in lists:
            return "reader"
        wanted = ", ".join(sorted({group for named in lists.values() for group in named}))
        raise Refused(
            403, f"{name} is in none of the groups {wanted}: have one of them given to you"
        )


class _Keys(jwt.PyJWKClient):
    """A provider's keys; one that is not among them has it asked again, but not by each token."""

    def __init__(self, address: str) -> None:
        super().__init__(address, lifespan=300, timeout=_SECONDS)
        self._asked = float("-inf")

    def get_jwk_set(self, refresh: bool = False) -> jwt.PyJWKSet:
        if refresh:
            now = time.monotonic()
            refresh = now - self._asked >= _ASK_AGAIN
            self._asked = now if refresh else self._asked
        return super().get_jwk_set(refresh)


def _keys_address(issuer: str) -> str:
    address = issuer.rstrip("/") + "/.well-known/openid-configuration"
    try:
        answer = requests.get(address, timeout=_SECONDS, allow_redirects=False)
        answer.raise_for_status()
        found = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise Refused(503, f"the provider does not answer at {address}: {error}") from error
    if not isinstance(found, dict) or found.get("issuer") != issuer:
        raise Refused(
            503, f"{address} is not about the issuer '{issuer}': correct slipway:login.issuer"
        )
    return str(found["jwks_uri"])


def configured() -> Login | None:
    """Read the login that SLIPWAY_LOGIN describes; None where there is none."""
    settings = os.environ.get("SLIPWAY_LOGIN")
    return None if not settings else Login(json.loads(settings))
