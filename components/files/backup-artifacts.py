"""Copies the objects of a bucket to $COPY, or from there back to the bucket (`backup-artifacts.py mirror|upload`).

A mirror has the same objects as the bucket and transfers what is new or other alone. An upload
compares each object by SHA-256 afterwards, and leaves others in the bucket alone. Ends with 0 where
all are alike. A bucket that is empty all at once is taken for lost; with $MAY_BE_EMPTY, where it
may be that all has grown too old, its copy stays and the backup goes on.
"""

import hashlib
import mimetypes
import os
import sys
from pathlib import Path

from s3_bucket import PREFIX, Bucket, reached

COPY = Path(os.environ["COPY"])


def bucket() -> Bucket:
    """Read where the objects are, by MLflow's own variables."""
    secret = Path(os.environ["OBJECT_STORE_SECRET"])
    return Bucket(
        {
            "endpoint": os.environ["MLFLOW_S3_ENDPOINT_URL"],
            "region": os.environ["AWS_DEFAULT_REGION"],
            "bucket": os.environ["BUCKET"],
            "accessKey": (secret / "username").read_text().strip(),
            "secretKey": (secret / "password").read_text().strip(),
        }
    )


def fail(code: int, *lines: str) -> None:
    """End with what is wrong."""
    print(*lines, sep="\n", file=sys.stderr)
    sys.exit(code)


def shown(of: Bucket) -> str:
    """Give what is copied, for people: MLflow's artifacts, or all of another bucket."""
    return PREFIX.strip("/") or of.name


def path_of(key: str) -> Path:
    """Give an object's file; a key that no file can be called ends it all."""
    parts = key.split("/")
    if any(part in ("", ".", "..") for part in parts) or "\0" in key:
        fail(6, f"the object '{key}' cannot be a file: rename it, MLflow writes none of that kind")
    return COPY.joinpath(*parts)


def files() -> dict[str, Path]:
    """Give the file of each object of the copy, sorted by key."""
    found = (path for path in COPY.joinpath(PREFIX).rglob("*") if path.is_file())
    return {path.relative_to(COPY).as_posix(): path for path in sorted(found)}


def mirror() -> None:
    """Make the copy what the bucket is."""
    source = bucket()
    reached(source, "object store")
    objects = source.listing()
    have = files()
    if have and not objects and os.environ.get("MAY_BE_EMPTY"):
        print(f"the bucket {source.name} is empty: the copy keeps the {len(have)} objects it held")
        return
    if have and not objects:
        fail(
            2,
            f"the bucket {source.name} is empty, and held {len(have)} objects at the last backup: lost?",
            "Nothing was backed up, so that earlier backups stay; to bring them back: npm run restore",
        )
    fetched = 0
    for key, (size, changed) in objects.items():
        path = path_of(key)
        stat = path.stat() if key in have else None
        if stat and (stat.st_size, int(stat.st_mtime)) == (size, int(changed)):
            continue
        for above in path.parents:
            if above.is_file():
                above.unlink()
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.part")
        source.client.download_file(source.name, key, str(part))
        os.utime(part, (changed, changed))
        part.replace(path)
        fetched += 1
    for key in have.keys() - objects.keys():
        have[key].unlink()
    total = sum(size for size, _ in objects.values())
    print(f"{shown(source)}: {len(objects)} objects, {total} bytes, {fetched} of them new")


def sha256(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def upload() -> None:
    """Put what the copy has into the bucket, and compare."""
    target = bucket()
    there = reached(target, "object store")
    have = files()
    digests = {key: sha256(path) for key, path in have.items()}
    sent = 0
    for key, path in have.items():
        if there.get(key) == path.stat().st_size and target.digest(key) == digests[key]:
            continue
        kind, coding = mimetypes.guess_type(key)
        extra = {"ContentType": kind, "ContentEncoding": coding}
        target.client.upload_file(
            str(path), target.name, key, ExtraArgs={k: v for k, v in extra.items() if v}
        )
        if target.digest(key) != digests[key]:
            fail(5, f"the object '{key}' reads otherwise than it was written: see to the store")
        sent += 1
    now = target.sizes()
    if missing := have.keys() - now.keys():
        fail(5, f"the bucket lacks {len(missing)} objects, such as {min(missing)}")
    print(f"{shown(target)}: {len(have)} objects, {sent} of them sent, alike")
    if more := len(now.keys() - have.keys()):
        print(f"{more} other objects of the bucket were left alone")


def main() -> None:
    """Do what the command line says."""
    ways = {"mirror": mirror, "upload": upload}
    if len(sys.argv) != 2 or sys.argv[1] not in ways:
        fail(64, "usage: backup-artifacts.py mirror|upload")
    ways[sys.argv[1]]()


main()
