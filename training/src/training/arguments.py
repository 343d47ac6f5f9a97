"""The commands' words and options."""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

from training.monitoring.label_options import add_labels
from training.prediction.options import add_predict
from training.snapshots.command import add_data

Command = Callable[[argparse.Namespace], int]


def parser(run: Mapping[str, Command], description: str | None) -> argparse.ArgumentParser:
    """Return what reads the command line; `run` has what each command does."""
    parser = argparse.ArgumentParser("training", description=description)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    train = commands.add_parser("train", help="the whole way, one model after the other")
    _add_training(train)
    again = "SLIPWAY_SERVING_CHECK tries an unchanged version too"
    train.add_argument("--prove-unchanged", action="store_true", help=again)
    train.set_defaults(run=run["train"])
    retrain = commands.add_parser("retrain", help="the same, where the YAML has a reason")
    _add_training(retrain)
    retrain.set_defaults(run=run["retrain"], prove_unchanged=False)
    validate = commands.add_parser("validate", help="check YAML files, touch nothing")
    validate.add_argument("yaml", type=Path, nargs="+", metavar="MODEL.yaml")
    validate.set_defaults(run=run["validate"])
    dry = commands.add_parser("check", help="the same, and read the data, but train nothing")
    dry.add_argument("yaml", type=Path, nargs="+", metavar="MODEL.yaml")
    dry.set_defaults(run=run["check"])
    new = commands.add_parser("new", help="draft a model YAML for a CSV file")
    new.add_argument("--data", type=Path, required=True, metavar="FILE.csv")
    new.add_argument("--target", default="", metavar="COLUMN", help="what is to be predicted")
    new.add_argument("--out", type=Path, metavar="MODEL.yaml", help="default: beside the data")
    new.add_argument("--name", help="of the model; default: the file's, and -model")
    new.set_defaults(run=run["new"])
    build = commands.add_parser("build", help="write the model package as a folder, no MLflow")
    build.add_argument("yaml", type=Path, metavar="MODEL.yaml")
    build.add_argument("--out", type=Path, required=True, metavar="DIR")
    build.set_defaults(run=run["build"])
    _add_adopt(commands.add_parser("adopt", help="make a notebook's version one that serves"), run)
    compare = commands.add_parser("compare", help="two versions on the test rows, as JSON")
    compare.add_argument("yaml", type=Path, metavar="MODEL.yaml")
    compare.add_argument("--package", type=Path, nargs=2, required=True, metavar="DIR")
    compare.add_argument("--plot", type=Path, required=True, metavar="FILE.png")
    compare.add_argument("--snapshot", default="", metavar="HASH", help="for a source that changes")
    compare.set_defaults(run=run["compare"])
    data = commands.add_parser("data", help="snapshots of sources that change, as JSON")
    add_data(data)
    data.set_defaults(run=run["data"])
    _add_monitor(commands.add_parser("monitor", help="drift and quality by the prediction log"))
    commands.choices["monitor"].set_defaults(run=run["monitor"])
    add_predict(commands.add_parser("predict", help="answer all rows of a file, a set or a query"))
    commands.choices["predict"].set_defaults(run=run["predict"])
    schema = commands.add_parser("schema", help="print the JSON Schema of a model YAML")
    schema.add_argument("--markdown", action="store_true", help="as the reference page instead")
    schema.set_defaults(run=run["schema"])
    return parser


def _add_training(train: argparse.ArgumentParser) -> None:
    train.add_argument("yaml", type=Path, nargs="+", metavar="MODEL.yaml")
    train.add_argument("--events", action="store_true", help="one JSON object a line")
    train.add_argument("--result", type=Path, metavar="FILE", help="write results as JSON")
    train.add_argument("--wait", type=float, default=0, metavar="SECONDS", help="for MLflow")
    train.add_argument(
        "--wait-process",
        type=int,
        metavar="PID",
        help="wait as long as this process, MLflow, lives",
    )


def _add_monitor(monitor: argparse.ArgumentParser) -> None:
    which = monitor.add_mutually_exclusive_group(required=True)
    which.add_argument("--package", type=Path, metavar="DIR", help="a folder, with --version")
    which.add_argument("--model", metavar="NAME", help="of MLflow, with --champion")
    monitor.add_argument("--version", default="", metavar="N", help="as the log names it")
    monitor.add_argument("--champion", action="store_true", help="judge and keep what was found")
    monitor.add_argument("--rows", type=_count, default=1000, help="that are enough")
    monitor.add_argument("--days", type=_days, default=30, help="that are read at most")
    older = "delete the model's log, labels and results that are older"
    monitor.add_argument("--keep-days", type=_days, metavar="N", help=older)
    add_labels(monitor)
    by_day = "also what came later than its day, as by a restore; with --keep-days"
    monitor.add_argument("--by-day", action="store_true", help=by_day)


def _count(text: str, most: int = 999_999_999) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 to {most}")
    return int(text)


def _days(text: str) -> int:
    return _count(text, 36_500)


def _add_adopt(adopt: argparse.ArgumentParser, run: Mapping[str, Command]) -> None:
    adopt.add_argument("--model", required=True, metavar="NAME", help="as it is registered")
    adopt.add_argument("--version", required=True, metavar="N", help="that the notebook logged")
    rows = adopt.add_mutually_exclusive_group(required=True)
    rows.add_argument("--data", type=Path, metavar="FILE.csv", help="rows to prove it on")
    rows.add_argument(
        "--yaml", type=Path, metavar="MODEL.yaml", help="says data, target and features instead"
    )
    adopt.add_argument(
        "--target", metavar="COLUMN", help="default: the only one that is no feature"
    )
    adopt.add_argument(
        "--unseen", action="store_true", help="the model was not trained on these rows"
    )
    adopt.add_argument(
        "--floor",
        type=_floor,
        action="append",
        default=[],
        metavar="METRIC=VALUE",
        help="of the gate; may be given several times",
    )
    adopt.add_argument("--as", dest="name", metavar="NAME", help="model that gets the version")
    adopt.add_argument("--yes", action="store_true", help="open it although that runs its code")
    adopt.add_argument(
        "--allow-version-mismatch", action="store_true", help="open it with other libraries"
    )
    adopt.set_defaults(run=run["adopt"])


def _floor(text: str) -> tuple[str, float]:
    metric, _, value = text.partition("=")
    try:
        return metric, float(value)
    except ValueError:
        problem = f"{text!r} is no METRIC=VALUE, such as accuracy=0.8"
        raise argparse.ArgumentTypeError(problem) from None
