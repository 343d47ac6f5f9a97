"""Opens the bucket of an `s3://` or `gs://` address with the account that is named for it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from training.snapshots.credentials import Credentials

SCHEMES = ("s3://", "gs://")
RETRY: Any = {"max_retries": 2}
_S3 = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_MORE = ("AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ALLOW_HTTP")
_GOOGLE = ("GOOGLE_SERVICE_ACCOUNT_KEY",)


def opened_bucket(
    address: str, name: str | None, credentials: Credentials, own: Mapping[str, Any] | None = None
) -> tuple[Any, str]:
    """Return the bucket of an address, and the path in it; nothing is asked yet.

    `name` is that of a Secret. Without one `own` counts, what `s3_options` tells of the data's own
    store, and what is in neither comes from the usual variables. Raises TrainingEnvironmentError
    for a Secret that lacks a key.
    """
    from obstore.store import GCSStore, S3Store

    parts = urlsplit(address)
    path = unquote(parts.path).lstrip("/")
    if parts.scheme == "gs":
        account = credentials.of(name, _GOOGLE)
        config: Any = {key.lower(): value for key, value in account.items()}
        return GCSStore(parts.netloc, config=config, retry_config=RETRY), path
    if name is None and own:
        return S3Store(parts.netloc, retry_config=RETRY, **own), path
    account = credentials.of(name, _S3, _MORE)
    config = {key.lower(): value for key, value in account.items()}
    return S3Store(parts.netloc, config=config, retry_config=RETRY), path
