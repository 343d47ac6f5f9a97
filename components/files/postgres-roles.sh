#!/bin/sh
# Runs beside the server after every start: each file of /run/secrets/clients is a user (its name) with a password (its
# content) and a database of the same name; each of /run/secrets/monitors is a user that sees figures of the server and no
# data, and each of /run/secrets/archivers one that receives its changes. A changed password takes effect at the next start, also with kept data.
set -eu
SECRETS=${SECRETS:-/run/secrets}

# The server that initialises an empty volume does not listen on TCP; the real one does.
tries=0
until pg_isready -q -h 127.0.0.1; do
  tries=$((tries + 1))
  [ "$tries" -lt 600 ] || { echo "Postgres did not start within 2 minutes" >&2; exit 1; }
  sleep 0.2
done

# psql reads the password itself, so that it appears in no argument list. The socket trusts this container alone.
run() { psql --quiet --no-psqlrc -v ON_ERROR_STOP=1 -U postgres -d postgres "$@" >/dev/null; }

PASSWORD_FILE=$SECRETS/admin/password run <<'SQL'
\set password `cat "$PASSWORD_FILE"`
ALTER ROLE postgres PASSWORD :'password';
SQL

# role FILE: a user that may log in.
role() {
  PASSWORD_FILE=$1 run -v name="$(basename "$1")" <<'SQL'
\set password `cat "$PASSWORD_FILE"`
SELECT format('CREATE ROLE %I LOGIN', :'name')
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \gexec
ALTER ROLE :"name" PASSWORD :'password';
SQL
}

for file in "$SECRETS"/clients/*; do
  role "$file"
  run -v name="$(basename "$file")" <<'SQL'
SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'name')
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
done

for file in "$SECRETS"/monitors/*; do
  role "$file"
  run -v name="$(basename "$file")" <<'SQL'
GRANT pg_monitor TO :"name";
SQL
done

for file in "$SECRETS"/archivers/*; do
  if [ -e "$file" ]; then
    role "$file"
    run -v name="$(basename "$file")" <<'SQL'
ALTER ROLE :"name" LOGIN REPLICATION;
SQL
  else
    # Nobody receives changes any more, so none are held back for it.
    run <<'SQL'
SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = 'wal_archive' AND NOT active;
SELECT format('ALTER ROLE %I NOLOGIN NOREPLICATION', rolname) FROM pg_roles WHERE rolname = 'archive' AND rolreplication \gexec
SQL
  fi
done
