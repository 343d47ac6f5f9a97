"""Command line: `train`, `check`, `predict` and others. Alone reads the environment."""

import argparse
import json
import os
import shlex
import sys
import traceback
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from training.arguments import Command, parser
from training.checks import check, complain, for_each, validate
from training.connection import connect, prepare_mlflow, tracking_uri
from training.data_checks import check_data
from training.draft_file import run_new
from training.environment_errors import translated_errors
from training.errors import (
    ENVIRONMENT,
    INVALID,
    PROMOTED,
    REJECTED,
    UNEXPECTED,
    InvalidInputError,
    TrainingError,
)
from training.leave import leave_on_signals
from training.load import load_settings
from training.monitoring.command import run_monitor
from training.outcome import Outcome
from training.pipeline import idempotency_key, load_table, prepare, train_model
from training.prediction.command import run_predict
from training.reference import print_reference
from training.report import Report
from training.retraining.command import retrain_model
from training.serving import Serving
from training.session import run_model
from training.signature_check import read_public_keys
from training.signing import read_signer
from training.snapshots.access import Access
from training.snapshots.command import run_data
from training.snapshots.credentials import Credentials
from training.told import tell

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from training.registered_package import Wanted
    from training.registry import Registry

WORST_FIRST = (UNEXPECTED, INVALID, ENVIRONMENT, REJECTED, PROMOTED)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the process's exit code."""
    # Before OpenMP is loaded: threads that wait busily for each other take minutes for the work of
    # seconds where others use the processors too, as in most containers.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    commands: dict[str, Command] = {
        "train": partial(_train, run_model),
        "retrain": partial(
            _train,
            partial(retrain_model, predictions=os.environ.get("PREDICTIONS", "")),
            asked=True,
        ),
        "adopt": _adopt,
        "validate": lambda options: for_each(options.yaml, validate),
        "check": lambda options: for_each(options.yaml, partial(check, access=_access(keep=False))),
        "new": run_new,
        "build": _build,
        "compare": _compare,
        "data": lambda options: run_data(options, _access(), _client),
        "monitor": _monitor,
        "predict": lambda options: run_predict(
            options, _access(keep=False), _fetch, os.environ.get("PUSH_URL")
        ),
        "schema": lambda options: print_reference(as_page=options.markdown),
    }
    options = parser(commands, __doc__).parse_args(arguments)
    return int(options.run(options))


def _train(
    run: "Callable[..., Outcome]", options: argparse.Namespace, *, asked: bool = False
) -> int:
    if options.result is not None and not options.result.parent.is_dir():
        problem = f"--result ({options.result}): its folder does not exist"
        return complain(InvalidInputError("arguments", [problem]))
    git_sha = os.environ.get("GIT_SHA") or "unknown"
    try:
        uri, serving = tracking_uri(), _serving(again=options.prove_unchanged)
    except InvalidInputError as error:
        return complain(error)
    to_mlflow = cache(partial(connect, uri, options.wait, options.wait_process))
    results, codes = [], []
    for path in options.yaml:
        report, outcome = _train_one(
            run, path, git_sha, uri, to_mlflow, serving, events=options.events
        )
        report.result(outcome.result, outcome.table)
        ended = outcome.result["outcome"]
        tell(os.environ.get("PUSH_URL"), report.model, ended, asked=asked)
        results.append({"model": report.model, **outcome.result})
        codes.append(outcome.exit_code)
    if options.result is not None:
        text = json.dumps({"models": results}, indent=2, ensure_ascii=False)
        options.result.write_text(f"{text}\n", encoding="utf-8")
    return next(code for code in WORST_FIRST if code in codes)


def _train_one(
    run: "Callable[..., Outcome]",
    path: Path,
    git_sha: str,
    uri: str,
    to_mlflow: "Callable[[], Registry]",
    serving: Serving,
    *,
    events: bool,
) -> tuple[Report, Outcome]:
    """Train one model; whatever goes wrong becomes its outcome, so that the others still run."""
    report = Report(path.stem, events=events)
    try:
        settings, task = load_settings(path)
        report = Report(settings.name, events=events)
        report.begin()
        with translated_errors(uri):
            return report, run(
                settings, task, path.parent, git_sha, report, to_mlflow, serving, _access()
            )
    except TrainingError as error:
        return report, _failed(error.exit_code, str(error), report)
    except Exception as error:  # noqa: BLE001 - reported with its traceback, exit code 1
        traceback.print_exc()
        return report, _failed(UNEXPECTED, f"unexpected {type(error).__name__}: {error}", report)


def _adopt(options: argparse.Namespace) -> int:
    from training.adoption.adopt import Adoption, run_adoption
    from training.adoption.load import Consent
    from training.adoption.rows import Rows

    name = options.name or options.model
    rows = Rows(name, options.data, options.target, options.yaml, tuple(options.floor))
    consent = Consent(code=options.yes, other_libraries=options.allow_version_mismatch)
    adoption = Adoption(options.model, options.version, rows, options.unseen, consent)
    report = Report(name)
    report.begin()
    try:
        uri, serving = tracking_uri(), _serving()
        with translated_errors(uri):
            git_sha = os.environ.get("GIT_SHA") or "unknown"
            outcome = run_adoption(adoption, git_sha, report, connect(uri), serving)
    except TrainingError as error:
        return complain(error)
    report.result(outcome.result, outcome.table)
    return outcome.exit_code


def _serving(*, again: bool = False) -> Serving:
    """Read what the prediction API of this place loads, and the command that tries it."""
    text = os.environ.get("MAX_MODEL_BYTES") or str(Serving.max_bytes)
    if not text.isdecimal() or int(text) == 0:
        problem = f"MAX_MODEL_BYTES ({text}): give the number of bytes that serving loads"
        raise InvalidInputError("environment", [problem])
    check = os.environ.get("SLIPWAY_SERVING_CHECK", "")
    return Serving(int(text), tuple(shlex.split(check)), again)


def _access(*, keep: bool = True) -> Access:
    """Read where snapshots and the accounts of sources that change are."""
    credentials = Credentials(os.environ.get("DATA_CREDENTIALS", ""), os.environ)
    return Access(os.environ.get("DATA_STORE", ""), credentials, keep)


def _failed(code: int, message: str, report: Report) -> Outcome:
    print(f"{report.model}: {message}", file=sys.stderr, flush=True)
    result = {"outcome": "failed", "version": None, "error": message, "seconds": report.seconds}
    return Outcome(code, result)


def _build(options: argparse.Namespace) -> int:
    from training.package import save_package

    try:
        if options.out.exists() and (not options.out.is_dir() or any(options.out.iterdir())):
            raise InvalidInputError(
                "arguments", [f"--out ({options.out}): exists and is not empty"]
            )
        signer = read_signer(os.environ)
        settings, task = load_settings(options.yaml)
        report = Report(settings.name)
        with translated_errors("build"):
            table = load_table(settings, task, options.yaml.parent, report, _access())
        git_sha = os.environ.get("GIT_SHA") or "unknown"
        key = idempotency_key(git_sha, settings, table.sha256)
        train, test = prepare(settings, task, table, report)
        check_data(settings, table, (train, test), report)
        prepare_mlflow()
        trained = train_model(settings, table, train, test, key, git_sha, report, _serving())
        with translated_errors("build"):
            save_package(trained.package, options.out, signer)
    except TrainingError as error:
        return complain(error)
    return PROMOTED


def _fetch(wanted: "Wanted", folder: Path) -> str:
    from training.registered_package import fetch_package

    keys = read_public_keys(os.environ.get("MODEL_PUBLIC_KEYS", ""))
    most = _serving().max_bytes
    return fetch_package(_client(), wanted, folder, most, keys)


def _client() -> "MlflowClient":
    return connect(tracking_uri()).client


def _monitor(options: argparse.Namespace) -> int:
    try:
        max_bytes = _serving().max_bytes
    except InvalidInputError as error:
        return complain(error)
    credentials = _access().credentials
    return run_monitor(options, os.environ, lambda: connect(tracking_uri()), max_bytes, credentials)


def _compare(options: argparse.Namespace) -> int:
    from training.two_versions import print_comparison

    access = replace(_access(keep=False), snapshot=options.snapshot)
    return print_comparison(options.yaml, options.package, options.plot, access)


if __name__ == "__main__":
    leave_on_signals()
    sys.exit(main())
