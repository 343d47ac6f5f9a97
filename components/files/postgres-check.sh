#!/bin/sh
# Refuses to start beside the data of another major version, which the server would not read: it would begin anew, empty.
set -eu
[ ! -e "$PGDATA/PG_VERSION" ] || exit 0
for file in /var/lib/postgresql/*/docker/PG_VERSION; do
  [ -e "$file" ] || continue
  echo "The volume holds the data of Postgres $(cat "$file"), this image is another major version." \
    "Go back to the old image, dump, and restore into the new one (docs/runbooks/postgres-major-upgrade.md)." >&2
  exit 1
done
