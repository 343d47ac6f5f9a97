"""The options of the command `predict`, and which of them go together."""

import argparse
import re
from pathlib import Path

from training.errors import InvalidInputError

WRITTEN = (
    *("separator", "decimal", "thousands", "encoding", "compression"),
    *("format", "query", "table", "credentials", "line_breaks"),
)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


def add_predict(predict: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add = predict.add_argument
    add("--model", required=True, metavar="NAME", help="as it is registered")
    add("--champion", action="store_true", help="the version that MLflow has as champion; or")
    add("--alias", metavar="A", help="the one with this alias; or")
    add("--version", metavar="N", help="this one, or the number of --package")
    add("--package", type=Path, metavar="DIR", help="the version's files instead of MLflow's")
    add("--in", dest="source", required=True, metavar="FILE", help="or a source")
    add("--out", required=True, metavar="FILE", help="or s3://BUCKET/NAME; {date} is today in UTC")
    add("--errors", metavar="FILE", help="default: OUT.errors.csv")
    there = predict.add_mutually_exclusive_group()
    there.add_argument("--overwrite", action="store_true", help="replace the files")
    there.add_argument("--skip-existing", action="store_true", help="where OUT is, all is done")
    add("--out-credentials", metavar="NAME", help="of the account that writes OUT")
    add("--prefix", default="", help="before the names of the answers")
    add("--delimiter", dest="separator", metavar="SIGN", help="of CSV")
    add("--decimal", metavar="SIGN", help="of numbers in CSV: . or ,")
    add("--thousands", metavar="SIGN", help="of numbers in CSV")
    add("--encoding", help="of CSV; default: utf-8")
    add("--compression", help="of CSV; default: by its name")
    add("--line-breaks", action="store_true", default=None, help="in fields")
    add("--format", help="parquet or csv; default: by the name")
    add("--query", help="of a postgres:// source")
    add("--table", help="of a postgres:// source")
    add("--credentials", metavar="NAME", help="of a source's account")
    add("--name", default="batch", help="of the batch, for PUSH_URL")
    add("--json", action="store_true", help="print the counts for a program")


def check_options(options: argparse.Namespace) -> None:
    """Raise InvalidInputError where options do not go together."""
    problems = []
    named = [
        f"--{one}"
        for one in ("champion", "alias", "version")
        if getattr(options, one) not in (None, False)
    ]
    if options.package is not None and named != ["--version"]:
        problems.append("--package: goes with --version, its number, and no other name of one")
    elif len(named) != 1:
        said = " and ".join(named) or "not given"
        problems.append(f"the version ({said}): give one of --champion, --alias A and --version N")
    if not _NAME.fullmatch(options.name):
        problems.append(f"--name {options.name}: give letters, digits, '.', '_' and '-'")
    if options.out_credentials is not None and "://" not in options.out:
        problems.append(
            f"--out-credentials {options.out_credentials}: is for an object store, and --out is a "
            "file; leave it out"
        )
    if problems:
        raise InvalidInputError("arguments", problems)
