"""Command line; alone reads the environment and talks to MLflow."""

import argparse
import os
import sys
from pathlib import Path

from training.errors import TrainingError
from training.load import load_settings
from training.package import save_package
from training.pipeline import train_model
from training.report import Report
from training.sources import fetch


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser("training")
    sub = parser.add_subparsers(dest="command", required=True)
    b = sub.add_parser("build")
    b.add_argument("yaml", type=Path)
    b.add_argument("--out", type=Path, required=True)
    a = parser.parse_args(arguments)
    try:
        settings, task = load_settings(a.yaml)
        report = Report(settings.name)
        table = fetch(settings.data, a.yaml.parent)
        trained = train_model(settings, task, table, os.environ.get("GIT_SHA", "unknown"), report)
        save_package(trained.package, a.out)
    except TrainingError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
