#!/bin/bash
# Dumps MLflow's database into $COPY/database, or loads it from there (`backup-database.sh dump|load`). libpq's own variables say which
# database. What a dump holds is listed beside it, from the same moment, and compared after a load.
set -euo pipefail
SCRIPTS=${SCRIPTS:-$(dirname "$0")}
FOLDER=$COPY/database
[ -z "${PGPASSWORD_FILE:-}" ] || PGPASSWORD=$(cat "$PGPASSWORD_FILE")
export PGPASSWORD

# shellcheck source=components/files/postgres-client.sh
. "$SCRIPTS/postgres-client.sh"
# Sequences go on counting beside a transaction.
fingerprint() { query -f "$SCRIPTS/fingerprint.sql" | grep '^table '; }
rows() { awk -F'|' '{rows += $2} END {print NR " tables, " rows + 0 " rows"}' "$1"; }
whole() { tail -n 5 "$1" | grep -q '^-- PostgreSQL database dump complete$'; }

reach database

# dump FOLDER: what was there is replaced by a whole dump only.
dump() {
  rm -rf "$1.new"
  mkdir -p "$1.new"
  export NEW=$1.new
  # pg_dump sees the same moment as the list.
  query -f - >"$NEW/all" <<SQL
BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY;
SELECT pg_export_snapshot() AS snapshot \gset
\setenv SNAPSHOT :snapshot
\! pg_dump --no-owner --no-privileges --snapshot="\$SNAPSHOT" --file="\$NEW/dump.sql" >&2
\i '$SCRIPTS/fingerprint.sql'
COMMIT;
SQL
  grep '^table ' "$NEW/all" >"$NEW/tables" || true
  rm "$NEW/all"
  [ -f "$NEW/dump.sql" ] && whole "$NEW/dump.sql" || { echo "pg_dump did not come to its end" >&2; exit 5; }
  rm -rf "$1"
  mv "$NEW" "$1"
}

case "$1" in
  dump)
    if [ "$(query -c "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relname = 'registered_models'")" = 0 ]; then
      echo "the database has no table registered_models: MLflow has not begun here, or its data are lost." >&2
      echo "Nothing was backed up, so that earlier backups stay; to bring data back: npm run restore" >&2
      exit 2
    fi
    touch "$(dirname "$COPY")/started"
    dump "$FOLDER"
    echo "database: $(rows "$FOLDER/tables")"
    ;;
  load)
    [ -s "$FOLDER/tables" ] && whole "$FOLDER/dump.sql" || { echo "the backup's dump is not whole: choose another one with --at" >&2; exit 3; }
    if [ -n "${OLD:-}" ] && [ -n "$(fingerprint || true)" ]; then
      dump "$OLD"
      echo "what the database held is kept in $OLD: $(rows "$OLD/tables")"
    fi
    # One transaction: all or nothing. Everything of this user goes first, as a later version's tables would be in the way of its upgrade.
    {
      cat <<'SQL'
SET client_min_messages = warning;
DO $$ DECLARE one record; BEGIN
  FOR one IN
    SELECT 'TABLE' AS kind, oid::regclass::text AS name, relnamespace AS space, relowner AS owner FROM pg_class WHERE relkind IN ('r', 'p')
    UNION ALL SELECT 'VIEW', oid::regclass::text, relnamespace, relowner FROM pg_class WHERE relkind = 'v'
    UNION ALL SELECT 'MATERIALIZED VIEW', oid::regclass::text, relnamespace, relowner FROM pg_class WHERE relkind = 'm'
    UNION ALL SELECT 'SEQUENCE', oid::regclass::text, relnamespace, relowner FROM pg_class WHERE relkind = 'S'
    UNION ALL SELECT 'ROUTINE', oid::regprocedure::text, pronamespace, proowner FROM pg_proc
    UNION ALL SELECT 'TYPE', oid::regtype::text, typnamespace, typowner FROM pg_type WHERE typtype IN ('e', 'd')
  LOOP
    -- A number is what went with another.
    CONTINUE WHEN one.name ~ '^[0-9]+$';
    CONTINUE WHEN one.owner <> current_user::regrole OR one.space::regnamespace::text LIKE 'pg\_%' OR one.space::regnamespace::text = 'information_schema';
    EXECUTE format('DROP %s IF EXISTS %s CASCADE', one.kind, one.name);
  END LOOP;
END $$;
SQL
      for_older_servers "$FOLDER/dump.sql"
    } | psql --no-psqlrc --quiet -v ON_ERROR_STOP=1 --single-transaction -f - >/dev/null
    fingerprint >"${WORK:-/tmp}/tables"
    if ! cmp -s "$FOLDER/tables" "${WORK:-/tmp}/tables"; then
      echo "the database differs from the backup (< backup, > database; name, rows, checksum):" >&2
      { diff "$FOLDER/tables" "${WORK:-/tmp}/tables" || true; } | sed -n '/^[<>]/s/|/ /gp' >&2
      exit 5
    fi
    echo "database: $(rows "$FOLDER/tables"), alike"
    ;;
  *)
    echo "usage: backup-database.sh dump|load" >&2
    exit 64
    ;;
esac
