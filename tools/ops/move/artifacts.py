"""Copies the objects below a prefix from one S3 bucket to another, and compares them.

`$PLACES/source.json` and `target.json` hold endpoint, bucket, region, accessKey and secretKey. The
source is only read. Objects are compared by key, size and SHA-256. OVERWRITE=yes lets objects at
the target go whose keys the source has too, and leaves others alone. Ends with 0 where each object
of the source is at the target.
"""

import hashlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

PREFIX = os.environ.get("PREFIX", "artifacts/")
OVERWRITE = os.environ.get("OVERWRITE") == "yes"
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

    def __init__(self, name: str) -> None:
        """Read where `source` or `target` is."""
        place = json.loads((Path(os.environ["PLACES"]) / f"{name}.json").read_text())
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

    def sizes(self) -> dict[str, int]:
        """Bytes of each object by its key, sorted by key."""
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.name, Prefix=PREFIX
        )
        found = {o["Key"]: o["Size"] for page in pages for o in page.get("Contents", [])}
        return dict(sorted(found.items()))

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


def copy(
    source: Bucket, target: Bucket, have: dict[str, int], there: dict[str, int]
) -> dict[str, str]:
    """Copy what is not at the target; gives the SHA-256 of each object of the source."""
    digests = {}
    last = time.monotonic()
    for count, (key, size) in enumerate(have.items(), 1):
        if there.get(key) == size:
            digests[key] = source.digest(key)
            if target.digest(key) != digests[key]:
                digests[key] = source.copy_to(target, key)
        else:
            digests[key] = source.copy_to(target, key)
        if time.monotonic() - last > 10:
            last = time.monotonic()
            print(f"{count} of {len(have)} objects", flush=True)
    return digests


def conflicts(
    source: Bucket, target: Bucket, have: dict[str, int], there: dict[str, int]
) -> list[str]:
    """Keys of the target that the source has not, or has with something else."""
    return [
        key
        for key, size in there.items()
        if have.get(key) != size or source.digest(key) != target.digest(key)
    ]


def fail(code: int, what: str, keys: list[str]) -> None:
    """End with what is wrong, and the first keys."""
    print(f"{what}:", *(f"  {key}" for key in keys[:20]), sep="\n", file=sys.stderr)
    if len(keys) > 20:
        print(f"  and {len(keys) - 20} more", file=sys.stderr)
    sys.exit(code)


def main() -> None:
    """Copy, then compare everything."""
    source, target = Bucket("source"), Bucket("target")
    have, there = reached(source, "source"), reached(target, "target")
    if there and not OVERWRITE and (found := conflicts(source, target, have, there)):
        fail(3, "the target has objects already that are not those of the source", found)
    digests = copy(source, target, have, there)

    # What somebody wrote to the source meanwhile shows here.
    now, copied = source.sizes(), target.sizes()
    wrong = [
        key
        for key in sorted(now.keys() | digests.keys())
        if not (now.get(key) == have.get(key) == copied.get(key))
        or target.digest(key) != digests[key]
    ]
    if wrong:
        fail(5, f"source and target differ in {len(wrong)} objects", wrong)
    if more := len(copied) - len(have):
        print(f"{more} other objects at the target were left alone")
    for key, digest in digests.items():
        print(f"{digest} {have[key]} {key}")
    print(f"alike: {len(have)} objects, {sum(have.values())} bytes")


main()
