"""Failures a person can act on; each kind ends the process with its own exit code."""

PROMOTED, UNEXPECTED, INVALID, REJECTED, ENVIRONMENT = 0, 1, 2, 3, 4


class TrainingError(Exception):
    """An expected failure; its message names the field or place, the value and the remedy."""

    exit_code = UNEXPECTED


class InvalidInputError(TrainingError):
    """The YAML, the arguments or the data break the contract; nothing has been written."""

    exit_code = INVALID

    def __init__(self, where: str, problems: list[str]) -> None:
        """Join every problem found in `where` (a file name or a model name) into one message."""
        self.problems = problems
        super().__init__("\n".join([f"{where}: {len(problems)} problem(s)", *problems]))


class TrainingEnvironmentError(TrainingError):
    """MLflow, the data source or the disk does not do its part; a later run may succeed."""

    exit_code = ENVIRONMENT
