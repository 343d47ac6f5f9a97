"""Brings the database to this version's schema, then the users to the mounted credentials.

An empty database is created. The users are the admin, and one plain user per file of USERS_DIR (its
name is the user, its content the password). MLflow itself reads the admin's password only once, so
that a rotated Secret would lock everyone out; users that have no file are left alone.
"""

import os
from pathlib import Path

from mlflow.db import commands as database
from mlflow.server.auth.config import read_auth_config
from mlflow.server.auth.sqlalchemy_store import SqlAlchemyStore


def ensure_user(store: SqlAlchemyStore, name: str, password: str, *, is_admin: bool) -> None:
    """Create the user, or give it this password and this role."""
    if store.has_user(name):
        store.update_user(name, password=password, is_admin=is_admin)
    else:
        store.create_user(name, password, is_admin=is_admin)
    print(f"user {name} is ready{' (admin)' if is_admin else ''}")


def main() -> None:
    """Upgrade both schemas (tracking, auth) and write the users."""
    config = read_auth_config()
    if not config.admin_username or not config.admin_password:
        raise SystemExit(
            "MLFLOW_AUTH_ADMIN_USERNAME and MLFLOW_AUTH_ADMIN_PASSWORD are missing: "
            "set them, or mount files and name them in …_FILE"
        )
    database(["upgrade", os.environ["MLFLOW_BACKEND_STORE_URI"]], standalone_mode=False)
    store = SqlAlchemyStore()
    store.init_db(config.database_uri)
    ensure_user(store, config.admin_username, config.admin_password, is_admin=True)
    if users := os.environ.get("USERS_DIR"):
        for file in sorted(Path(users).iterdir()):
            if file.is_file() and not file.name.startswith("."):  # a Secret's volume has ..data
                ensure_user(store, file.name, file.read_text().strip(), is_admin=False)


main()
