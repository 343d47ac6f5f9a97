#!/bin/sh
# Initialises an empty data folder from the official image's variables, then becomes the server.
set -eu

case "${1:-postgres}" in -*) set -- postgres "$@" ;; esac
if [ "$1" != postgres ] || [ -s "$PGDATA/PG_VERSION" ]; then exec "$@"; fi

from_file() { # NAME: the variable, or the content of the file that NAME_FILE names
  eval "value=\${$1:-} file=\${$1_FILE:-}"
  if [ -n "$file" ]; then cat "$file"; else printf '%s' "$value"; fi
}
user=$(from_file POSTGRES_USER); user=${user:-postgres}
database=$(from_file POSTGRES_DB); database=${database:-$user}
password=$(from_file POSTGRES_PASSWORD)
if [ -z "$password" ]; then
  echo "POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE must give the superuser's password" >&2
  exit 1
fi

mkdir -p "$PGDATA"
chmod 0700 "$PGDATA"
secret=$(mktemp)
printf '%s\n' "$password" > "$secret"
# The arguments are a list of words by contract.
# shellcheck disable=SC2086
initdb --username="$user" --pwfile="$secret" ${POSTGRES_INITDB_ARGS:-}
rm "$secret"
echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
echo "listen_addresses = '*'" >> "$PGDATA/postgresql.conf"

export PGUSER="$user" PGPASSWORD="$password"
pg_ctl --wait --options="-c listen_addresses=''" start
if [ "$database" != postgres ]; then createdb "$database"; fi
for script in /docker-entrypoint-initdb.d/*; do
  case "$script" in
    *.sh) sh "$script" ;;
    *.sql) psql -v ON_ERROR_STOP=1 --no-psqlrc -d "$database" -f "$script" ;;
  esac
done
pg_ctl --wait --mode=fast stop
unset PGUSER PGPASSWORD
exec "$@"
