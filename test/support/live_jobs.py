"""Pushes what the monitoring and a batch of `iris-model` do of what they find, by their own code.

Needs training/src and training/tests on its path; PUSH_URL names the Pushgateway.
"""

import os
import tempfile
from pathlib import Path

from support.models import write_model
from support.predictions import asked, keep, labels_of, predictions
from training.__main__ import main
from training.monitoring.judged import monitored
from training.monitoring.told import gauges
from training.package import read_package
from training.prediction.pushed import push_batch
from training.told import push

NAME = "iris-model"


def tell(folder: Path, url: str) -> None:
    """Build a package, keep predictions and labels, and push what is found in them."""
    package = folder / "package"
    assert main(["build", str(write_model(folder)), "--out", str(package)]) == 0
    metadata, _ = read_package(package)
    table = predictions(asked(300))
    keep(folder, table)
    ids = table["request_id"].to_pylist()[:80]
    keep(folder, labels_of(ids, ["true", "false"] * 40), what="labels")
    found = monitored(metadata, "3", str(folder), 1000, 30)
    trained = metadata["training"]
    found |= {
        "training": trained["metrics"],
        "training_intervals": trained["intervals"],
    }
    push(url, "monitoring", NAME, gauges(found | {"deleted": 0}))
    push_batch(url, NAME, "nightly", "answered", (7, 2))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        tell(Path(name), os.environ["PUSH_URL"])
