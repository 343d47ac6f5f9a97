#!/bin/bash
# Copies a whole database from the service `source` to `target` of $PGSERVICEFILE and compares them; reads the source only.
# OVERWRITE=yes lets tables at the target go that the source has too. $WORK is a folder for lists. Ends with 0 where both are alike.
set -euo pipefail

SCRIPTS=${SCRIPTS:-$(dirname "$0")}
# shellcheck source=components/files/postgres-client.sh
. "$SCRIPTS/postgres-client.sh"

fingerprint() {
  query "service=$1" -f "$SCRIPTS/fingerprint.sql" >"$WORK/$1.new"
  mv "$WORK/$1.new" "$WORK/$1"
}

alike() { cmp -s "$WORK/source" "$WORK/target"; }
tables() { grep -c '^table ' "$WORK/$1" || true; }

for place in source target; do reach "$place" "service=$place"; done

fingerprint source
fingerprint target
[ "$(tables source)" -gt 0 ] || { echo "the source has no tables: is that MLflow's database?" >&2; exit 2; }
if alike; then
  echo "the target has the same already"
elif [ "$(tables target)" -gt 0 ] && [ "${OVERWRITE:-no}" != yes ]; then
  echo "the target has tables already, and other ones or other rows than the source:" >&2
  sed -n 's/^table \(.*\)|\(.*\)|.*/  \1: \2 rows/p' "$WORK/target" >&2
  exit 3
else
  options=(--no-owner --no-privileges --clean --if-exists)
  # One transaction: all or nothing.
  pg_dump "${options[@]}" "service=source" | for_older_servers |
    PGOPTIONS="${PGOPTIONS:-} -c client_min_messages=warning" \
      psql --no-psqlrc --quiet -v ON_ERROR_STOP=1 --single-transaction "service=target" >/dev/null
  # What somebody wrote to the source meanwhile shows in the comparison.
  fingerprint source
  fingerprint target
fi

if ! alike; then
  echo "source and target differ (< source, > target; name, rows, checksum):" >&2
  { diff "$WORK/source" "$WORK/target" || true; } | sed -n '/^[<>]/s/|/ /gp' >&2
  exit 5
fi
sed 's/|/ /g' "$WORK/target"
echo "alike: $(tables target) tables, $(awk -F'|' '/^table /{rows += $2} END {print rows + 0}' "$WORK/target") rows"
