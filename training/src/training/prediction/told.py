"""Says in the command's options what the readers of data say in keys of a model YAML."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from training.errors import InvalidInputError, TrainingEnvironmentError

NAMES = {"separator": "delimiter", "source": "in", "line_breaks": "line-breaks"}
_DROP = ", or name it in 'data.drop'"  # no option: what is not asked for does no harm
_VALUE = r"\"[^\"]*\"|[\w.-]+"
_KEY = re.compile(rf"'data\.([a-z_]+)(?:: ({_VALUE}))?'|data\.([a-z_]+)")


@contextmanager
def told_as_options() -> Iterator[None]:
    """Raise the same errors, naming options."""
    try:
        yield
    except InvalidInputError as error:
        raise InvalidInputError("--in", [as_options(one) for one in error.problems]) from error
    except TrainingEnvironmentError as error:
        raise TrainingEnvironmentError(as_options(str(error))) from error


def as_options(text: str) -> str:
    r"""Write `--delimiter ';'` for `'data.separator: ";"'`."""
    return _KEY.sub(_option, text.replace(_DROP, ""))


def problem_line(problem: Any) -> str:
    """Name the key, where the rule is of one key alone and does not say its name."""
    message = str(problem["msg"]).removeprefix("Value error, ")
    key = str(problem["loc"][0]) if problem["loc"] else ""
    return f"data.{key} ({problem['input']}): {message}" if key else message


def _option(found: "re.Match[str]") -> str:
    key, value = found[1] or found[3], found[2]
    name = NAMES.get(key, key.replace("_", "-"))
    if value is None or value == "true":
        return f"--{name}"
    sign = value.strip('"')
    return f"--{name} {sign}" if sign.isalnum() or "-" in sign else f"--{name} '{sign}'"
