"""All labels of a model: those that came, and those of a table."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from training.monitoring.label_options import LabelTable
from training.monitoring.label_table import as_log
from training.monitoring.log import Labels, PredictionLog


@dataclass(frozen=True)
class LabelSources:
    """Logs of labels that count as one."""

    logs: tuple[PredictionLog, ...]

    def labels(self, ids: pa.Array) -> Labels:
        """Return the labels of these requests."""
        found = [log.labels(ids) for log in self.logs]
        tables = [one.table for one in found if one.table is not None]
        return Labels(
            pa.concat_tables(tables, promote_options="permissive") if tables else None,
            sum(one.elsewhere for one in found),
            [name for one in found for name in one.damaged],
            sum(one.replaced for one in found),
        )

    def ids(self) -> npt.NDArray[np.uint64]:
        """Return hashes of all request ids that have a label."""
        return np.unique(np.concatenate([log.label_ids() for log in self.logs]))


@contextmanager
def all_labels(
    log: PredictionLog, table: LabelTable | None, metadata: dict[str, Any]
) -> Iterator[LabelSources]:
    """Open the labels of the log and of the table, where there is one."""
    with ExitStack() as stack:
        more = () if table is None else (stack.enter_context(as_log(table, metadata)),)
        yield LabelSources((log, *more))
