# shellcheck shell=sh
# Sourced by scripts that use a restic repository, which lies in a bucket of others where $BACKUP_SECRET holds its account.
: "${RESTIC_REPOSITORY:?}" "${RESTIC_PASSWORD_FILE:?}"
if [ -n "${BACKUP_SECRET:-}" ]; then
  AWS_ACCESS_KEY_ID=$(cat "$BACKUP_SECRET/username")
  AWS_SECRET_ACCESS_KEY=$(cat "$BACKUP_SECRET/password")
  export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
fi

# Times are told, and asked for, in UTC.
export TZ=UTC

# Whether the repository can be opened; $error says why not.
opened() { error=$(restic --no-lock cat config 2>&1 >/dev/null); }

LOCKED=${TMPDIR:-/tmp}/locked
# patient COMMAND…: waits where another program of ours has the repository locked, which takes it a moment.
patient() {
  tries=0
  until "$@" 2>"$LOCKED"; do
    tries=$((tries + 1))
    if [ "$tries" -ge 10 ] || ! grep -q "already locked" "$LOCKED"; then
      cat "$LOCKED" >&2
      return 1
    fi
    sleep 3
  done
}

# dated [FLAG…]: id, day and time of each snapshot, oldest first.
dated() { patient restic snapshots --host "$STACK" "$@" | awk '$2 ~ /^[0-9][0-9][0-9][0-9]-/ {print $1, $2, $3}'; }

# Makes a repository where there is none; restic never makes one where one is.
begin() {
  restic init >/tmp/init 2>&1 || { printf '%s\n' "the backups cannot be opened: $error" "$(cat /tmp/init)" >&2; exit 4; }
  echo "a new repository was made"
}
