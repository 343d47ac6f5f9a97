#!/bin/sh
# Keeps what wal-archive.sh receives, in a restic repository of its own (`wal-repository.sh keep|once`), or takes a copy of the server and its
# log out of it (`wal-repository.sh fetch|list`). A snapshot tagged `base` is a copy, one tagged `log` all of the log since then; both carry
# the copy's name, which is when it ended. So there are two of them a day, and each is the whole of what a replay needs.
set -eu
SCRIPTS=${SCRIPTS:-$(dirname "$0")}
# shellcheck source=components/files/backup-store.sh
. "$SCRIPTS/backup-store.sh"

names() { patient restic snapshots --host "$STACK" --tag base --compact | grep -o '20[0-9]\{6\}T[0-9]\{6\}Z' | sort -u; }
# As --at takes it.
spoken() { sed 's/^\(....\)\(..\)\(..\)T\(..\)\(..\)\(..\)Z$/\1-\2-\3 \4:\5:\6/'; }

# keep_log FOLDER NAME: all of the log since the copy; the snapshot before is part of it.
keep_log() {
  (cd "$1/log" && restic backup --quiet --host "$STACK" --tag log --tag "$2" .)
  restic forget --quiet --host "$STACK" --tag "log,$2" --group-by host --keep-last 1
}

# keep_copy FOLDER NAME: the log up to it belongs to the copy before.
keep_copy() {
  [ ! -f "$1/kept" ] || keep_log "$1" "$(cat "$1/kept")"
  (cd "$1/base/$2" && restic backup --quiet --host "$STACK" --tag base --tag "$2" .)
  printf '%s' "$2" >"$1/kept"
  ls "$1/log" | LC_ALL=C awk -v first="$(cat "$1/base/$2.start")" '($0 "") < (first "")' | while read -r segment; do
    rm -f "$1/log/$segment"
  done
  rm -rf "$1/base/$2" "$1/base/$2.start"
  # Before anything goes: a damaged repository keeps all that it has.
  restic check --quiet || { echo "the repository of the log is damaged, so nothing was removed from it: docs/runbooks/restore.md" >&2; return 0; }
  for kind in base log; do
    restic forget --quiet --host "$STACK" --tag "$kind" --group-by host --keep-last 1 --keep-within "$KEEP_WITHIN"
  done
  restic prune --quiet
}

keep() {
  opened || begin
  restic unlock --quiet
  folder=$WAL/$(cat "$WAL/current")
  for start in "$folder"/base/*.start; do
    [ ! -e "$start" ] || keep_copy "$folder" "$(basename "$start" .start)"
  done
  [ -f "$folder/kept" ] || { echo "there is no copy of the server yet"; return 0; }
  keep_log "$folder" "$(cat "$folder/kept")"
  touch "$WAL/kept"
}

case "${1:-}" in
  keep)
    trap 'exit 0' TERM INT
    while true; do
      # What fails is tried again, and an alert tells of it.
      [ ! -f "$WAL/current" ] || /bin/sh "$0" once || echo "the log was not kept this time" >&2
      sleep "${EVERY:-60}" &
      wait $! || true
    done
    ;;
  once) keep ;;
  fetch)
    opened || { echo "the log cannot be opened: $error" >&2; exit 4; }
    at=$(printf '%s' "${AT:-9999}" | tr -d ':-' | tr ' ' T)Z
    name=$(names | LC_ALL=C awk -v at="$at" '($0 "") <= (at "") {name = $0} END {print name}')
    [ -n "$name" ] || { echo "the log does not go back to ${AT:-any time} UTC; it begins at: $(names | head -n 1 | spoken). The newest backup until then: --from-backup" >&2; exit 3; }
    rm -rf "$POINT"
    patient restic restore latest --quiet --host "$STACK" --tag "base,$name" --target "$POINT/base" --verify
    patient restic restore latest --quiet --host "$STACK" --tag "log,$name" --target "$POINT/log" --verify
    echo "the copy of $(echo "$name" | spoken) UTC, and the log since"
    ;;
  list)
    opened || { echo "the log cannot be opened: $error" >&2; exit 4; }
    [ -n "$(names)" ] || { echo "no change is kept yet"; exit 0; }
    newest=$(dated --tag log | awk '{at = $2 " " $3} END {print at}')
    echo "every moment from $(names | head -n 1 | spoken) to $newest UTC, for --at"
    ;;
  *)
    echo "usage: wal-repository.sh keep|once|fetch|list" >&2
    exit 64
    ;;
esac
