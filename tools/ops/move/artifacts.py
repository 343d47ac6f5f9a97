"""Copies the objects below a prefix from one S3 bucket to another, and compares them.

`$PLACES/source.json` and `target.json` hold endpoint, bucket, region, accessKey and secretKey. The
source is only read. Objects are compared by key, size and SHA-256. OVERWRITE=yes lets objects at
the target go whose keys the source has too, and leaves others alone. Ends with 0 where each object
of the source is at the target.
"""

import json
import os
import sys
import time
from pathlib import Path

from s3_bucket import Bucket, reached

OVERWRITE = os.environ.get("OVERWRITE") == "yes"


def bucket(name: str) -> Bucket:
    """Read where `source` or `target` is."""
    return Bucket(json.loads((Path(os.environ["PLACES"]) / f"{name}.json").read_text()))


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
    source, target = bucket("source"), bucket("target")
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
