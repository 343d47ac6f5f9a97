"""The command `predict`: its options, and what it says at the end."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from training.checks import complain
from training.environment_errors import translated_errors
from training.errors import PROMOTED, TrainingError
from training.snapshots.access import Access, lacking

if TYPE_CHECKING:
    from training.prediction.job import Counts, Places
    from training.prediction.package_model import PackageModel

NO_ROW_ANSWERED = 3
WRITTEN = (
    *("separator", "decimal", "thousands", "encoding", "compression"),
    *("format", "query", "table", "credentials", "line_breaks"),
)


def add_predict(predict: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    predict.add_argument("--package", type=Path, required=True, metavar="DIR")
    predict.add_argument("--model", required=True, metavar="NAME", help="as it is registered")
    predict.add_argument("--version", required=True, metavar="N", help="of the package")
    predict.add_argument("--in", dest="source", required=True, metavar="FILE", help="or a source")
    predict.add_argument("--out", type=Path, required=True, metavar="FILE")
    predict.add_argument("--errors", type=Path, metavar="FILE", help="default: OUT.errors.csv")
    predict.add_argument("--overwrite", action="store_true", help="replace the files")
    predict.add_argument("--prefix", default="", help="before the names of the answers")
    predict.add_argument("--delimiter", dest="separator", metavar="SIGN", help="of CSV")
    predict.add_argument("--decimal", metavar="SIGN", help="of numbers in CSV: . or ,")
    predict.add_argument("--thousands", metavar="SIGN", help="of numbers in CSV")
    predict.add_argument("--encoding", help="of CSV; default: utf-8")
    predict.add_argument("--compression", help="of CSV; default: by its name")
    predict.add_argument("--line-breaks", action="store_true", default=None, help="in fields")
    predict.add_argument("--format", help="parquet or csv; default: by the name")
    predict.add_argument("--query", help="of a postgres:// source")
    predict.add_argument("--table", help="of a postgres:// source")
    predict.add_argument("--credentials", metavar="NAME", help="of a source's account")
    predict.add_argument("--json", action="store_true", help="print the counts for a program")


def run_predict(options: argparse.Namespace, access: Access) -> int:
    """Answer the rows; returns the process's exit code, and prints the counts."""
    try:
        with translated_errors("predict"):
            return _predict(options, access)
    except TrainingError as error:
        return complain(error)


def _predict(options: argparse.Namespace, access: Access) -> int:
    try:
        from training.prediction.inputs import described
        from training.prediction.job import Places, predict
        from training.prediction.outputs import usual_errors
        from training.prediction.package_model import read_model
    except ModuleNotFoundError as error:
        raise lacking(error, options.source) from error
    told = {name: getattr(options, name) for name in WRITTEN}
    data = described(options.source, told)
    errors = options.errors or usual_errors(options.out)
    model = read_model(options.package, options.model, options.version)
    places = Places(options.out, errors, options.prefix, options.overwrite)
    counts = predict(model, data, access.credentials, places)
    print(_as_json(counts, places) if options.json else _as_text(model, counts, places))
    nothing = counts.rows > 0 and counts.answered == 0
    return NO_ROW_ANSWERED if nothing else PROMOTED


def _as_json(counts: "Counts", places: "Places") -> str:
    told = {
        "rows": counts.rows,
        "answered": counts.answered,
        "refused": counts.rows - counts.answered,
        "faults": counts.faults,
        "absent": counts.absent,
        "seconds": round(counts.seconds, 1),
        "out": str(places.out) if counts.answered or not counts.rows else None,
        "errors": str(places.errors) if counts.faults else None,
    }
    return json.dumps(told, ensure_ascii=False)


def _as_text(model: "PackageModel", counts: "Counts", places: "Places") -> str:
    who = f"{model.name} version {model.version}"
    lines = [
        f"{who} answered {counts.answered:,} of {counts.rows:,} rows in {counts.seconds:.1f} s"
    ]
    if counts.answered or not counts.rows:
        lines.append(f"answers: {places.out}")
    else:
        lines.append(f"no row could be answered, so {places.out} was not written")
    if counts.faults:
        refused = counts.rows - counts.answered
        lines.append(
            f"refused: {refused:,} row(s) for {counts.faults:,} value(s), listed in {places.errors}"
        )
    if counts.absent:
        lines.append(f"taken as missing in all rows, having no column: {', '.join(counts.absent)}")
    return "\n".join(lines)
