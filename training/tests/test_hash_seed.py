"""A model's bytes do not depend on how Python orders its sets.

Why that matters: docs/adr/0002-reproducible-training.md
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TRAINING = Path(__file__).parent.parent


@pytest.mark.parametrize("model", ["iris", pytest.param("diabetes", marks=pytest.mark.long)])
def test_equal_models_are_equal_bytes_in_every_process(model: str, tmp_path: Path) -> None:
    """The fork server that trains others here gives all of its children one seed."""
    found = set()
    for seed in ("1", "2", "3"):
        folder = tmp_path / seed
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(TRAINING / "src")}
        command = [sys.executable, "-m", "training", "build", f"models/{model}.yaml"]
        subprocess.run(
            [*command, "--out", str(folder)], env=env, cwd=TRAINING, check=True, capture_output=True
        )
        found |= {path.read_bytes() for path in folder.rglob("model.onnx")}
    assert len(found) == 1
