"""Seeks parameters by cross-validation on the training split."""

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from training.cross_validation import Scorer, Validated, scorer
from training.dataset import Dataset
from training.errors import InvalidInputError
from training.metrics import metric_of
from training.model import make_model
from training.proposals import Parameters, proposals, trials_of
from training.report import Report
from training.search_choice import Search
from training.search_space import with_parameters
from training.settings import Settings
from training.trial import OWN, Trial, Trials, text_of

FEW_ROWS = 100


@dataclass(frozen=True)
class Found:
    """What a search found: settings with the best parameters, and how they compare."""

    settings: Settings
    validated: Validated
    described: dict[str, Any]
    line: str


def search(
    settings: Settings,
    train: Dataset,
    frame: pd.DataFrame,
    max_bytes: int,
    report: Report,
    trials: Trials | None,
) -> Found | None:
    """Try the space of the YAML's `search`, where it has one, and return the best trial.

    The YAML's own parameters are tried first, and stay where nothing is better. Trials come one
    after the other, their folds beside each other: so a trial is the same on any machine, and may
    be proposed by what was found before. `frame` is the whole raw table.
    """
    if settings.search is None:
        return None
    with report.step("search") as step:
        _check_form(settings, train, frame, max_bytes)
        score = scorer(settings, train, frame, settings.search.cv, "search.cv")
        metric = settings.search.metric or settings.metrics_for(train.task)[0]
        study = _Study(settings, settings.search, metric, score, report, trials)
        found = study.run()
        step.detail = found.line
    return found


def _check_form(settings: Settings, train: Dataset, frame: pd.DataFrame, max_bytes: int) -> None:
    """Refuse an estimator without an ONNX form before the search, which may take hours."""
    few = train.take(np.arange(min(FEW_ROWS, len(train.rows))))
    make_model(settings, train, few, frame, max_bytes, Report(settings.name, out=io.StringIO()))


@contextmanager
def refusal_of(found: Found | None) -> Iterator[None]:
    """Say of a model that is refused by which search its parameters were found."""
    try:
        yield
    except InvalidInputError as error:
        if found is None or not found.described["parameters"]:
            raise
        *others, last = error.problems
        hint = f"{last}; these parameters were found by 'search', so narrow 'search.space': "
        raise InvalidInputError(
            found.settings.name, [*others, hint + str(found.described["parameters"])]
        ) from error


@dataclass
class _Study:
    """A search that goes on: all that was tried, by the text of its parameters."""

    settings: Settings
    search: Search
    metric: str
    score: Scorer
    report: Report
    trials: Trials | None
    tried: dict[str, Trial] = field(default_factory=dict)

    def run(self) -> Found:
        kept = [] if self.trials is None else self.trials.kept()
        earlier = {text_of(trial.parameters): trial for trial in kept}
        self._try({}, earlier)
        proposed, source = 0, proposals(self.search, self.settings.split.seed)
        proposal = next(source, None)
        while proposal is not None and not self._is_over():
            loss = self._loss(self._try(proposal, earlier))
            proposed += 1
            try:
                proposal = source.send(None if loss == np.inf else loss)
            except StopIteration:
                proposal = None
        if proposal is not None:
            self._note_end(proposed)
        return self._found()

    def _try(self, parameters: Parameters, earlier: dict[str, Trial]) -> Trial:
        """Score what was not tried yet, here or by an earlier process."""
        text = text_of(parameters)
        if text not in self.tried:
            trial = earlier.get(text) or self._scored(parameters)
            best = min(map(self._loss, self.tried.values()), default=np.inf)
            if self.trials is not None and text not in earlier:
                self.trials.keep(trial)
            self.tried[text] = trial
            self._tell(trial, kept=text in earlier, best=self._loss(trial) < best)
        return self.tried[text]

    def _scored(self, parameters: Parameters) -> Trial:
        start = time.monotonic()
        try:
            validated: Validated | str = self.score(with_parameters(self.settings, parameters))
        except InvalidInputError as error:
            if not parameters:
                raise
            validated = "; ".join(error.problems)
        return Trial(len(self.tried), parameters, time.monotonic() - start, validated)

    def _loss(self, trial: Trial) -> float:
        """Return what is less for a better trial."""
        if isinstance(trial.validated, str):
            return np.inf
        mean = trial.validated.metrics[self.metric]["mean"]
        return mean if metric_of(self.metric).lower_is_better else -mean

    def _is_over(self) -> bool:
        """The time of an earlier process counts, so that a killed search ends where it would."""
        seconds = sum(trial.seconds for trial in self.tried.values())
        return self.search.minutes is not None and seconds >= 60 * self.search.minutes

    def _tell(self, trial: Trial, *, kept: bool, best: bool) -> None:
        where = f"trial {trial.number} of {trials_of(self.search)}: " if trial.parameters else ""
        if isinstance(trial.validated, str):
            self.report.lines([f"{where}{trial.name} failed: {trial.validated}"])
            return
        marks = [text for text, said in (("the best so far", best), ("kept", kept)) if said]
        ends = f" ({', '.join(marks)})" if marks else ""
        self.report.lines([f"{where}{trial.validated.shown(self.metric)}{ends}: {trial.name}"])

    def _note_end(self, proposed: int) -> None:
        instead = f"; 'trials: {proposed}' instead of 'minutes' gives these everywhere"
        self.report.note(
            f"'search.minutes' ({self.search.minutes:g}) ended the search after {proposed} of "
            f"{trials_of(self.search)} trials, and other machines come further or less far"
            + ("" if self.search.method == "grid" else instead)
        )

    def _found(self) -> Found:
        fitted = [
            (t, t.validated) for t in self.tried.values() if isinstance(t.validated, Validated)
        ]
        own = fitted[0][1].metrics[self.metric]
        best, validated = min(fitted, key=lambda one: self._loss(one[0]))  # the first of equal ones
        score = validated.metrics[self.metric]
        described = {
            "method": self.search.method,
            "metric": self.metric,
            "trials": len(self.tried) - 1,
            "failed": len(self.tried) - len(fitted),
            "parameters": best.parameters,
            "score": score,
            "default": own,
        }
        failed = f" ({described['failed']} failed)" if described["failed"] else ""
        shown, better = validated.shown(self.metric), abs(score["mean"] - own["mean"])
        against = f"{better:.4f} better than {OWN}" if best.parameters else "no trial was better"
        line = f"{described['trials']} trials{failed}, {shown} with {best.name}: {against}"
        found = with_parameters(self.settings, best.parameters)
        return Found(found, validated, described, line)
