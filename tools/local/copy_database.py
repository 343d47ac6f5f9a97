"""Copies MLflow's SQLite database: `copy_database.py SOURCE TARGET`.

Through SQLite itself, so that what a killed writer left in a journal is settled in the source and not lost. A database
without any experiment was never used: its first migration was interrupted, so no copy is made and the caller begins anew.
"""

import sqlite3
import sys
from contextlib import closing


def copy(source: str, target: str) -> None:
    """Copy `source` to `target`, unless it was never used."""
    with closing(sqlite3.connect(source)) as old:
        tables = {name for (name,) in old.execute("SELECT name FROM sqlite_master")}
        if "experiments" not in tables:
            return
        if old.execute("SELECT COUNT(*) FROM experiments").fetchone() == (0,):
            return
        with closing(sqlite3.connect(target)) as new:
            old.backup(new)


if __name__ == "__main__":
    copy(*sys.argv[1:])
