"""Runs `python -m training …` as a real process, forked from one that has imported everything."""

import multiprocessing
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from tempfile import TemporaryDirectory

FORKSERVER = multiprocessing.get_context("forkserver")
PRELOAD = [
    "training.__main__",
    "training.plots",
    "training.tracking",
    "skl2onnx",
    "sklearn.ensemble",
    "sklearn.linear_model",
]


@dataclass(frozen=True)
class Ended:
    """What a finished command left behind."""

    code: int | None
    out: str
    err: str


def start_forkserver() -> None:
    """Import everything once; each command then starts in milliseconds."""
    FORKSERVER.set_forkserver_preload(PRELOAD)


def run(
    *arguments: object,
    env: dict[str, str] | None = None,
    meanwhile: Callable[[ForkServerProcess], None] | None = None,
    limit_bytes: int | None = None,
) -> Ended:
    """Run one command to its end; `meanwhile` may kill it, `limit_bytes` bounds its files."""
    with TemporaryDirectory() as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        texts = [str(argument) for argument in arguments]
        process = FORKSERVER.Process(
            target=_main, args=(texts, env or {}, str(out), str(err), limit_bytes)
        )
        process.start()
        if meanwhile is not None:
            meanwhile(process)
        process.join(120)
        if process.is_alive():
            process.kill()
            process.join()
        return Ended(process.exitcode, _read(out), _read(err))


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _main(
    arguments: list[str], env: dict[str, str], out: str, err: str, limit_bytes: int | None
) -> None:
    from training.__main__ import main

    os.environ.update({"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1"} | env)
    for path, descriptor in ((out, 1), (err, 2)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), descriptor)
    sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
    if limit_bytes is not None:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))
    code = main(arguments)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
