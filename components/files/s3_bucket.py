"""A bucket of S3, whoever runs it, as what copies objects sees it (mounted beside the script that does)."""

import hashlib
import os
import sys
import time
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

PREFIX = os.environ.get("PREFIX", "artifacts/")
TRIES = int(os.environ.get("TRIES", "90"))
CHUNK = 2**20


class HashedReader:
    """A stream that knows the SHA-256 of what was read of it."""

    def __init__(self, stream: Any) -> None:
        """Begin at the stream's place."""
        self._stream = stream
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Read as a file does."""
        data: bytes = self._stream.read(None if size < 0 else size)
        self._hash.update(data)
        return data

    def hexdigest(self) -> str:
        """SHA-256 of what was read so far."""
        return self._hash.hexdigest()


class Bucket:
    """One bucket, with the account that may use it."""

    def __init__(self, place: dict[str, str]) -> None:
        """Take `endpoint`, `bucket`, `region`, `accessKey` and `secretKey`."""
        self.name: str = place["bucket"]
        self.client = boto3.client(
            "s3",
            endpoint_url=place["endpoint"],
            region_name=place["region"],
            aws_access_key_id=place["accessKey"],
            aws_secret_access_key=place["secretKey"],
            # Other stores than Amazon's know no checksums in trailers.
            config=Config(
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def listing(self) -> dict[str, tuple[int, float]]:
        """Bytes and time of change (seconds since 1970) of each object by its key, sorted by key.

        Without the empty objects that other programs take for folders: `snapshots/`.
        """
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.name, Prefix=PREFIX
        )
        found = {
            each["Key"]: (each["Size"], each["LastModified"].timestamp())
            for page in pages
            for each in page.get("Contents", [])
            if each["Size"] > 0 or not each["Key"].endswith("/")
        }
        return dict(sorted(found.items()))

    def sizes(self) -> dict[str, int]:
        """Bytes of each object by its key, sorted by key."""
        return {key: size for key, (size, _) in self.listing().items()}

    def digest(self, key: str) -> str:
        """SHA-256 of an object."""
        reader = HashedReader(self.client.get_object(Bucket=self.name, Key=key)["Body"])
        while reader.read(CHUNK):
            pass
        return reader.hexdigest()

    def copy_to(self, target: "Bucket", key: str) -> str:
        """Copy one object with its content type and metadata; gives its SHA-256 as it was read."""
        found = self.client.get_object(Bucket=self.name, Key=key)
        kept = ("ContentType", "ContentEncoding", "Metadata")
        extra = {field: found[field] for field in kept if found.get(field)}
        reader = HashedReader(found["Body"])
        target.client.upload_fileobj(reader, target.name, key, ExtraArgs=extra)
        return reader.hexdigest()


def reached(bucket: Bucket, name: str) -> dict[str, int]:
    """List a bucket, and wait for a store that is starting."""
    for tries in range(1, TRIES + 1):
        try:
            return bucket.sizes()
        except (BotoCoreError, ClientError) as error:
            if tries == TRIES:
                print(f"the {name} cannot be reached: {error}", file=sys.stderr)
                sys.exit(4)
            time.sleep(2)
    raise AssertionError
