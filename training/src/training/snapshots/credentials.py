"""The account that a YAML's `data.credentials` names, from a folder like a mounted Secret's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from training.errors import TrainingEnvironmentError


@dataclass(frozen=True)
class Credentials:
    """Looks up keys of named Secrets: a folder for each with a file a key, else variables.

    The key `password` of the Secret `warehouse` is the file `warehouse/password` of the folder, or
    the variable `WAREHOUSE_PASSWORD`.
    """

    folder: str = ""
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)

    def of(
        self, name: str | None, needed: tuple[str, ...], others: tuple[str, ...] = ()
    ) -> dict[str, str]:
        """Return the keys of a Secret that are there; none for no name.

        Raises TrainingEnvironmentError that says where a needed key is looked for.
        """
        if name is None:
            return {}
        found = {key: value for key in (*needed, *others) if (value := self._value(name, key))}
        if lacking := [key for key in needed if key not in found]:
            variable = _variable(name, lacking[0])
            where = f"the file {self.folder or 'DATA_CREDENTIALS'}/{name}/{lacking[0]}"
            raise TrainingEnvironmentError(
                f"'data.credentials' ({name}): no '{lacking[0]}' is known; write {where} (in a "
                f"folder that you alone can read), or set {variable}"
            )
        return found

    def _value(self, name: str, key: str) -> str:
        if self.folder:
            path = Path(self.folder) / name / key
            try:
                return path.read_text(encoding="utf-8").strip()
            except (FileNotFoundError, NotADirectoryError):
                pass
            except (OSError, UnicodeDecodeError) as error:
                raise TrainingEnvironmentError(
                    f"'data.credentials' ({name}): {path} cannot be read: {error}"
                ) from error
        return self.variables.get(_variable(name, key), "")


def _variable(name: str, key: str) -> str:
    return f"{name}_{key}".upper().replace("-", "_")
