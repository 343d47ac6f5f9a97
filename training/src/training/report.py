"""Progress on standard output: lines for people, or one JSON object a line for programs."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TextIO


@dataclass
class Step:
    """A running step; what is put in `detail` is reported at its end."""

    detail: str = ""


class Report:
    """Reports steps and results of one model."""

    def __init__(self, model: str, *, events: bool = False, out: TextIO | None = None) -> None:
        """Write JSON lines when `events` is set, else aligned text."""
        self.model, self._events, self._out = model, events, out or sys.stdout
        self._start = time.monotonic()

    @property
    def seconds(self) -> float:
        """Time since this model was begun."""
        return round(time.monotonic() - self._start, 2)

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Time a step and report it when it has succeeded."""
        step, start = Step(), time.monotonic()
        yield step
        seconds = round(time.monotonic() - start, 2)
        if self._events:
            self._line(event="step", step=name, seconds=seconds, detail=step.detail)
        else:
            self._text(f"  {name:<9}{seconds:>6.2f} s  {step.detail}")

    def begin(self) -> None:
        """Announce the model."""
        if self._events:
            self._line(event="begin")
        else:
            self._text(self.model)

    def note(self, text: str) -> None:
        """Report something unusual that was dealt with."""
        if self._events:
            self._line(event="note", detail=text)
        else:
            self._text(f"  note: {text}")

    def lines(self, lines: list[str]) -> None:
        """Report what takes several lines; programs get a note a line."""
        for line in lines:
            if self._events:
                self._line(event="note", detail=line)
            else:
                self._text(f"    {line}")

    def result(self, result: dict[str, Any], table: str = "") -> None:
        """Report how the model ended, with the gate's table for people."""
        if self._events:
            self._line(event="result", **result, table=table)
            return
        if table:
            self._text(table)
        version = f" version {result['version']}" if result.get("version") else ""
        self._text(f"  => {self.model}{version}: {result['outcome']} ({result['seconds']:.1f} s)")

    def _line(self, **fields: Any) -> None:
        event = fields.pop("event")
        self._text(json.dumps({"event": event, "model": self.model, **fields}, ensure_ascii=False))

    def _text(self, line: str) -> None:
        print(line, file=self._out, flush=True)
