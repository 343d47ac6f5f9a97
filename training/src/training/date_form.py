"""Parts of times as ONNX: the Gregorian calendar in whole numbers of float64."""

from typing import Any

import numpy as np

from training.date_parts import CYCLE, CYCLES, DateParts
from training.function_form import dtype_of, write
from training.moments import DAY


def register() -> None:
    """Let skl2onnx write a DateParts."""
    from skl2onnx import update_registered_converter

    update_registered_converter(DateParts, "SlipwayDateParts", _shape, _convert)


def _shape(operator: Any) -> None:
    from skl2onnx.common.data_types import DoubleTensorType

    model = operator.raw_operator
    rows = operator.inputs[0].get_first_dimension()
    operator.outputs[0].type = DoubleTensorType([rows, model.n_features_in_ * model.width])


def _convert(scope: Any, operator: Any, container: Any) -> None:
    from skl2onnx.algebra import onnx_ops as ops

    if dtype_of(operator) is not np.float64:
        raise NotImplementedError("times need float64")
    model, opset = operator.raw_operator, container.target_opset
    given: Any = operator.inputs[0]
    if len(operator.inputs) > 1:
        given = ops.OnnxConcat(*operator.inputs, axis=1, op_version=opset)
    found = []
    for column in range(model.n_features_in_):
        place: Any = np.array([column], np.int64)
        calendar = _Calendar(ops.OnnxGather(given, place, axis=1, op_version=opset), opset)
        found += [number for part in model.parts for number in calendar.numbers(part)]
    write(ops.OnnxConcat(*found, axis=1, op_version=opset), scope, operator, container)


class _Calendar:
    """The parts of one column of seconds since 1970, in skl2onnx's algebra.

    Years begin in March, so that the day of a leap year is the last one: days_from_civil and
    civil_from_days of H. Hinnant, "chrono-Compatible Low-Level Date Algorithms" (2013). All numbers
    are whole and far below 2^53, so every quotient's floor is exact. A missing time (NaN) stays so.
    """

    def __init__(self, seconds: Any, opset: int) -> None:
        self._opset = opset
        self.days = self._floor(seconds, DAY)
        self._second = self._less(seconds, self.days, DAY)
        shifted = self._add(self.days, 719_468)
        era = self._floor(shifted, 146_097)
        day = self._less(shifted, era, 146_097)  # of 400 years
        gone = self._sub(self._add(day, self._floor(day, 36_524)), self._floor(day, 1460))
        year = self._floor(self._sub(gone, self._floor(day, 146_096)), 365)  # of the 400
        before = self._sub(self._mul(year, 365), self._floor(year, 100))
        self._march = self._sub(day, self._add(before, self._floor(year, 4)))  # day of the year
        month = self._floor(self._add(self._mul(self._march, 5), 2), 153)  # March is 0
        began = self._floor(self._add(self._mul(month, 153), 2), 5)
        self.day = self._add(self._sub(self._march, began), 1)
        self._late = self._reached(month, 10)  # January or February
        self.month = self._sub(self._add(month, 3), self._mul(self._late, 12))
        self.year = self._add(self._add(year, self._mul(era, 400)), self._late)

    def numbers(self, part: str) -> list[Any]:
        """Return the columns `[rows, 1]` of a part."""
        from skl2onnx.algebra.onnx_ops import OnnxCos, OnnxSin

        if not part.endswith(CYCLE):
            return [getattr(self, part)]
        name = part.removesuffix(CYCLE)
        first, period = CYCLES[name]
        turn = self._mul(self._add(getattr(self, name), -first), 2 * np.pi / period)
        return [one(turn, op_version=self._opset) for one in (OnnxSin, OnnxCos)]

    @property
    def quarter(self) -> Any:
        return self._add(self._floor(self._add(self.month, -1), 3), 1)

    @property
    def weekday(self) -> Any:
        monday = self._add(self.days, 3)  # the first day of 1970 was a Thursday
        return self._add(self._less(monday, self._floor(monday, 7), 7), 1)

    @property
    def day_of_year(self) -> Any:
        """March begins with day 60, or 61 of a leap year; January is day 306 of ours."""
        leap = self._sub(self._leaps(self.year), self._leaps(self._add(self.year, -1)))
        early = self._add(self._sub(self._march, self._mul(self._late, 365)), 60)
        not_late = self._add(self._mul(self._late, -1), 1)
        return self._add(early, self._product(leap, not_late))

    @property
    def hour(self) -> Any:
        return self._floor(self._second, 3600)

    @property
    def minute(self) -> Any:
        return self._less(self._floor(self._second, 60), self.hour, 60)

    def _leaps(self, year: Any) -> Any:
        """Count leap years up to this one."""
        fours = self._sub(self._floor(year, 4), self._floor(year, 100))
        return self._add(fours, self._floor(year, 400))

    def _floor(self, value: Any, by: float) -> Any:
        from skl2onnx.algebra.onnx_ops import OnnxDiv, OnnxFloor

        quotient = OnnxDiv(value, np.array([by], np.float64), op_version=self._opset)
        return OnnxFloor(quotient, op_version=self._opset)

    def _less(self, value: Any, quotient: Any, by: float) -> Any:
        return self._sub(value, self._mul(quotient, by))

    def _add(self, value: Any, other: Any) -> Any:
        from skl2onnx.algebra.onnx_ops import OnnxAdd

        return OnnxAdd(value, self._number(other), op_version=self._opset)

    def _sub(self, value: Any, other: Any) -> Any:
        from skl2onnx.algebra.onnx_ops import OnnxSub

        return OnnxSub(value, self._number(other), op_version=self._opset)

    def _mul(self, value: Any, by: float) -> Any:
        return self._product(value, np.array([by], np.float64))

    def _product(self, value: Any, other: Any) -> Any:
        from skl2onnx.algebra.onnx_ops import OnnxMul

        return OnnxMul(value, other, op_version=self._opset)

    def _reached(self, value: Any, bound: float) -> Any:
        from onnx import TensorProto
        from skl2onnx.algebra.onnx_ops import OnnxCast, OnnxGreaterOrEqual

        reached = OnnxGreaterOrEqual(value, self._number(bound), op_version=self._opset)
        return OnnxCast(reached, to=TensorProto.DOUBLE, op_version=self._opset)

    @staticmethod
    def _number(value: Any) -> Any:
        return np.array([value], np.float64) if isinstance(value, int | float) else value
