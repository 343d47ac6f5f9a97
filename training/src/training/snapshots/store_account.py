"""The account of the data's own object store: it is told to obstore, never to the environment."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from training.errors import InvalidInputError, TrainingEnvironmentError

OURS = ("DATA_STORE", "PREDICTIONS")
ENDPOINT, REGION, ACCOUNT = "DATA_STORE_ENDPOINT", "DATA_STORE_REGION", "DATA_STORE_ACCOUNT"
USUAL_REGION = "us-east-1"  # what S3 services that have no regions take


def s3_options(address: str, variable: str, variables: Mapping[str, str]) -> dict[str, Any]:
    """Return what obstore is told of an `s3://` address beyond what it reads from AWS_* itself.

    Of `variables`, DATA_STORE_ENDPOINT, DATA_STORE_REGION and DATA_STORE_ACCOUNT (a folder with the
    files `username` and `password`: access key and secret key) hold for what DATA_STORE and
    PREDICTIONS name, and for what else lies in their buckets; for nothing else. Nothing is returned
    where none is set. Raises where the endpoint is no URL, or a file of the account is missing.
    """
    buckets = {_bucket(variables.get(name, "")) for name in OURS}
    if variable not in OURS and _bucket(address) not in buckets:
        return {}
    endpoint, account = variables.get(ENDPOINT, ""), variables.get(ACCOUNT, "")
    region = variables.get(REGION, "")
    if not (endpoint or region or account):
        return {}
    config: dict[str, Any] = {"region": region or USUAL_REGION}
    options: dict[str, Any] = {"config": config}
    if endpoint:
        parts = urlsplit(endpoint)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            problem = f"{ENDPOINT} ({endpoint}): give the http(s) address of the S3 service"
            raise InvalidInputError("environment", [problem])
        config |= {"endpoint": endpoint, "virtual_hosted_style_request": False}
        options["client_options"] = {"allow_http": parts.scheme == "http"}
    if account:
        config["access_key_id"] = _key(Path(account) / "username", "access key")
        config["secret_access_key"] = _key(Path(account) / "password", "secret key")
    return options


def _bucket(address: str) -> str | None:
    return urlsplit(address).netloc if address.startswith("s3://") else None


def _key(path: Path, what: str) -> str:
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise TrainingEnvironmentError(
            f"{ACCOUNT} ({path.parent}): the file '{path.name}', which holds the {what} of the "
            f"data store, cannot be read: {reason}; write it, or correct {ACCOUNT}"
        ) from error
    if not text:
        raise TrainingEnvironmentError(
            f"{ACCOUNT} ({path.parent}): the file '{path.name}' is empty; write the {what} of the "
            "data store into it"
        )
    return text
