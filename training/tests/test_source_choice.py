"""What `data.source` may be, and which keys go with it."""

import pytest
from pydantic import ValidationError

from support.changing import data
from training.data import SourceKind

HASH = "0" * 64


@pytest.mark.parametrize(
    ("source", "more", "kind", "grows"),
    [
        ("csv:a.csv", {}, "csv", True),
        ("csv:a.csv", {"sha256": HASH}, "csv", False),
        ("https://x/a.csv", {"sha256": HASH}, "pinned", False),
        ("s3://x/a.csv", {"sha256": HASH}, "pinned", False),
        ("https://x/a.parquet", {}, "files", True),
        ("gs://x/a/", {}, "files", True),
        ("file:a/*.csv", {}, "files", True),
        ("postgres://x/y", {"table": "z"}, "postgres", True),
        ("postgresql://x:5432/y?sslmode=require", {"query": "SELECT 1 a"}, "postgres", True),
        (f"snapshot:{HASH}", {}, "snapshot", True),
        ("sklearn:iris", {}, "packaged", False),
    ],
)
def test_kind_of_a_source(source: str, more: dict[str, str], kind: SourceKind, grows: bool) -> None:  # noqa: FBT001
    found = data(source, **more)
    assert (found.kind, found.grows) == (kind, grows)


@pytest.mark.parametrize(
    ("source", "more", "message"),
    [
        ("postgres://me:hunter2@x/y", {"table": "z"}, "holds an account before the '@'"),
        ("s3://me:hunter2@x/y.csv", {"sha256": HASH}, "holds an account before the '@'"),
        ("postgres://x/y?password=hunter2", {"table": "z"}, "parameter 'password' looks like"),
        ("postgres://x/y?user=hunter2", {"table": "z"}, "parameter 'user' looks like"),
        ("https://x/y.csv?X-Amz-Signature=hunter2", {}, "behind the '?'"),
        ("https://x/y.csv?token=hunter2", {}, "behind the '?'"),
        ("postgres://x/y", {}, "one of 'query' and 'table'"),
        ("postgres://x/y", {"table": "z", "query": "SELECT 1"}, "one of 'query' and 'table'"),
        ("postgres://x", {"table": "z"}, "names nothing to read"),
        ("postgres://x/y", {"query": "SELECT a FROM t LIMIT 9"}, "add ORDER BY"),
        ("postgres://x/y", {"query": "select a from t fetch first 9 rows only"}, "add ORDER BY"),
        ("csv:a.csv", {"query": "SELECT 1"}, "'query' is for a postgres:// source"),
        ("s3://x/", {"table": "z"}, "'table' is for a postgres:// source"),
        ("postgres://x/y", {"table": "z", "sha256": HASH}, "'sha256' pins one CSV"),
        ("gs://x/y.csv", {"sha256": HASH}, "'sha256' pins one CSV"),
        ("postgres://x/y", {"table": "z", "format": "csv"}, "'format' (csv) is for the files"),
        ("csv:a.csv", {"credentials": "shop"}, "'credentials' (shop) is for a source that"),
        ("file:a.csv", {"credentials": "shop"}, "'credentials' (shop) is for a source that"),
        ("http://x/a.csv", {"credentials": "shop"}, "use https://"),
        ("snapshot:abc", {}, "64 hexadecimal digits"),
    ],
)
def test_source_that_cannot_be_meant_is_refused(
    source: str, more: dict[str, str], message: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        data(source, **more)
    (problem,) = refused.value.errors()
    assert message in problem["msg"]
    assert "hunter2" not in problem["msg"]


def test_ordered_query_may_take_a_number_of_rows() -> None:
    assert data("postgres://x/y", query="SELECT a FROM t ORDER BY a LIMIT 9").kind == "postgres"
