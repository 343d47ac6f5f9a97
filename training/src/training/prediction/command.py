"""The command `predict`: what is taken from where, what it says at the end, and to whom."""

import argparse
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from training.checks import complain
from training.environment_errors import translated_errors
from training.errors import PROMOTED, TrainingError
from training.prediction.options import WRITTEN, check_options
from training.prediction.pushed import ALREADY, ANSWERED, FAILED, REFUSED, push_batch
from training.snapshots.access import Access, lacking

if TYPE_CHECKING:
    from training.prediction.job import Counts, Places
    from training.prediction.package_model import PackageModel
    from training.registered_package import Wanted

NO_ROW_ANSWERED = 3
Fetch = Callable[["Wanted", Path], str]


def run_predict(
    options: argparse.Namespace, access: Access, fetch: Fetch, push_url: str | None = None
) -> int:
    """Answer the rows; returns the process's exit code, prints the counts and pushes them.

    `fetch` writes the package of a registered version into a folder, and returns its number.
    """
    told = (push_url, options.model, options.name)
    try:
        check_options(options)
        with translated_errors("MLFLOW_TRACKING_URI"):
            return _predict(options, access, fetch, told)
    except TrainingError as error:
        push_batch(*told, FAILED)
        return complain(error)
    except Exception:
        push_batch(*told, FAILED)
        raise


def _predict(
    options: argparse.Namespace, access: Access, fetch: Fetch, told: tuple[str | None, str, str]
) -> int:
    try:
        from training.prediction.inputs import described
        from training.prediction.job import Places, predict
        from training.prediction.outputs import USUAL, dated, place_of
        from training.prediction.upload import AppearedError
    except ModuleNotFoundError as error:
        raise lacking(error, options.source) from error
    data = described(options.source, {name: getattr(options, name) for name in WRITTEN})
    account = (options.out_credentials, access.credentials)
    out = place_of("--out", dated(options.out), *account)
    errors = place_of("--errors", dated(options.errors or f"{options.out}{USUAL}"), *account)
    if options.skip_existing and out.exists():
        return _already(options, str(out), told)
    model = _model(options, fetch)
    places = Places(out, errors, options.prefix, options.overwrite)
    try:
        counts = predict(model, data, access.credentials, places)
    except AppearedError:
        if not options.skip_existing:
            raise
        return _already(options, str(out), told)
    print(_as_json(model, counts, places) if options.json else _as_text(model, counts, places))
    nothing = counts.rows > 0 and counts.answered == 0
    rows = (counts.answered, counts.rows - counts.answered)
    push_batch(*told, REFUSED if nothing else ANSWERED, rows)
    return NO_ROW_ANSWERED if nothing else PROMOTED


def _model(options: argparse.Namespace, fetch: Fetch) -> "PackageModel":
    from training.prediction.package_model import read_model

    if options.package is not None:
        return read_model(options.package, options.model, options.version)
    from training.registered_package import Wanted
    from training.registry import CHAMPION

    wanted = Wanted(options.model, options.version, options.alias or CHAMPION)
    with tempfile.TemporaryDirectory() as name:
        version = fetch(wanted, Path(name))
        return read_model(Path(name), options.model, version)


def _already(options: argparse.Namespace, out: str, told: tuple[str | None, str, str]) -> int:
    """End well where an earlier run has done it."""
    done = {"outcome": ALREADY, "out": out}
    print(json.dumps(done) if options.json else f"{out} is there: done already (--skip-existing)")
    push_batch(*told, ALREADY)
    return PROMOTED


def _as_json(model: "PackageModel", counts: "Counts", places: "Places") -> str:
    told = {
        "version": model.version,
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
