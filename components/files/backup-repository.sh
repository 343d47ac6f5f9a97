#!/bin/sh
# Puts $COPY into the restic repository, or takes a backup out of it (`backup-repository.sh store|fetch|list`). restic encrypts with the
# password, keeps what is alike once, and knows each file's SHA-256 (restic.readthedocs.io/en/stable/100_references.html).
set -eu
SCRIPTS=${SCRIPTS:-$(dirname "$0")}
# shellcheck source=components/files/backup-store.sh
. "$SCRIPTS/backup-store.sh"

case "$1" in
  store)
    opened || begin
    # Locks of a backup that was killed; those of one that works stay.
    restic unlock
    (cd "$COPY" && restic backup --host "$STACK" --exclude-caches .)
    # Before anything goes: a damaged repository keeps all that it has.
    restic check || { echo "the repository is damaged, so nothing was removed from it: docs/runbooks/restore.md" >&2; exit 5; }
    # The words are flags by intent.
    # shellcheck disable=SC2086
    restic forget --host "$STACK" --group-by host $KEEP --prune
    restic stats --mode raw-data | sed -n 's/^ *Total Size: */repository: /p'
    ;;
  fetch)
    opened || { echo "the backups cannot be opened: $error" >&2; exit 4; }
    snapshot=latest
    # The first that was made after SINCE, if there is one.
    if [ -n "${SINCE:-}" ]; then
      snapshot=$(dated | awk -v at="$SINCE" '$2 " " $3 >= at && id == "" {id = $1} END {print id}')
      snapshot=${snapshot:-latest}
    fi
    if [ -n "${AT:-}" ]; then
      # AT is `YYYY-MM-DD HH:MM:SS` in UTC, as the list has it.
      snapshot=$(dated | awk -v at="$AT" '$2 " " $3 <= at {id = $1} END {print id}')
      [ -n "$snapshot" ] || { echo "no backup is as old as $AT UTC; there are:" >&2; restic snapshots --host "$STACK" >&2; exit 3; }
    fi
    rm -rf "$RESTORED"
    # What a drill does not look at needs no room either.
    restic restore "$snapshot" --host "$STACK" --target "$RESTORED" --verify ${EXCLUDE:+--exclude "$EXCLUDE"}
    ;;
  list)
    opened || { echo "the backups cannot be opened: $error" >&2; exit 4; }
    restic snapshots --host "$STACK"
    ;;
  *)
    echo "usage: backup-repository.sh store|fetch|list" >&2
    exit 64
    ;;
esac
