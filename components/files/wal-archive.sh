#!/bin/bash
# Receives the write-ahead log of our own Postgres into $WAL and copies the server once a day (`wal-archive.sh receive`), or replays a
# copy and its log up to $AT and dumps what the database was then (`wal-archive.sh replay`). All of it is Postgres' own
# (postgresql.org/docs/current/continuous-archiving.html): a slot keeps on the server what was not received yet.
#
# $WAL/current names the folder of one unbroken log: `log` has its segments, `base/NAME` a copy that ended at NAME (UTC) and waits to be
# kept, `base/NAME.start` the segment from which it needs the log. What was lost begins another folder.
set -euo pipefail
SCRIPTS=${SCRIPTS:-$(dirname "$0")}
[ -z "${PGPASSWORD_FILE:-}" ] || PGPASSWORD=$(cat "$PGPASSWORD_FILE")
export PGPASSWORD

# shellcheck source=components/files/postgres-client.sh
. "$SCRIPTS/postgres-client.sh"
SLOT=wal_archive

# Seconds since a file was written, or since 1970 where there is none.
age() { echo $(($(date +%s) - $(stat -c %Y "$1" 2>/dev/null || echo 0))); }

# Where the log goes: what there is of it while the server and the slot are the same.
unbroken() {
  local system status here
  system=$(psql --no-psqlrc -At "replication=1" -c IDENTIFY_SYSTEM | cut -d'|' -f1)
  status=$(query -c "SELECT coalesce(wal_status, 'lost') FROM pg_replication_slots WHERE slot_name = '$SLOT'")
  here=$WAL/$(cat "$WAL/current" 2>/dev/null || echo none)
  if [ "$status" != lost ] && [ -n "$status" ] && [ "$(cat "$here/system" 2>/dev/null)" = "$system" ]; then
    echo "$here"
    return
  fi
  [ "$status" != lost ] || pg_receivewal --slot="$SLOT" --drop-slot >&2
  pg_receivewal --slot="$SLOT" --create-slot --if-not-exists >&2
  here=$WAL/$(date -u +%s%N)
  mkdir -p "$here/log" "$here/base"
  echo "$system" >"$here/system"
  basename "$here" >"$WAL/current.new"
  mv "$WAL/current.new" "$WAL/current"
  find "$WAL" -mindepth 1 -maxdepth 1 -type d -name '[0-9]*' ! -path "$here" -exec rm -rf {} +
  echo "the log begins anew with a copy of the server" >&2
  echo "$here"
}

# A moment in which nothing happened is a moment too: a transaction of its own that changes nothing.
beat() { query -c "SELECT pg_logical_emit_message(true, 'slipway', '')" >/dev/null; }

# copy FOLDER: a copy of the server, without its log.
copy() {
  local new=$1/new name
  rm -rf "$new"
  pg_basebackup --no-password --pgdata="$new" --wal-method=none --checkpoint=fast 2>"$WAL/said" || { cat "$WAL/said" >&2; return 5; }
  # By the server's clock, as its transactions have it, and not before the copy's end.
  name=$(query -c "SELECT to_char((now() + '1 second') AT TIME ZONE 'UTC', 'YYYYMMDD\"T\"HH24MISS\"Z\"')") || return 5
  mv "$new" "$1/base/$name"
  # The log of the copy before ends with something later than any moment that is its own.
  sleep 1
  beat || return 5
  sleep 1
  sed -n 's/^START WAL LOCATION: .*(file \(.*\))$/\1/p' "$1/base/$name/backup_label" >"$1/base/$name.start"
  touch "$1/copied"
  echo "the server is copied: $name"
}

# Tells Prometheus' Pushgateway when the log was kept last; one that does not answer fails nothing. Bash speaks HTTP by itself.
report() {
  [ -n "${PUSH_URL:-}" ] && [ -e "$WAL/kept" ] || return 0
  local address=${PUSH_URL#http://} answer=nothing
  local body="# TYPE slipway_wal_kept_timestamp_seconds gauge
slipway_wal_kept_timestamp_seconds $(stat -c %Y "$WAL/kept")
"
  {
    exec 3<>"/dev/tcp/${address%:*}/${address##*:}" &&
      printf 'POST /metrics/job/wal-archive HTTP/1.0\r\nHost: %s\r\nContent-Length: %s\r\n\r\n%s' "$address" "${#body}" "$body" >&3 &&
      IFS= read -r -t 10 answer <&3
    exec 3>&-
  } 2>/dev/null || true
  [[ $answer == *" 20"* ]] || echo "Prometheus is not told: $address says ${answer%$'\r'}" >&2
}

receive() {
  mkdir -p "$WAL"
  trap 'kill $(jobs -p) 2>/dev/null; exit 0' TERM INT
  while true; do
    reach database
    here=$(unbroken)
    pg_receivewal --no-password --no-loop --synchronous --slot="$SLOT" --directory="$here/log" &
    receiver=$!
    while kill -0 "$receiver" 2>/dev/null; do
      beat || break
      [ "$(age "$here/copied")" -lt "${COPY_EVERY:-86400}" ] || copy "$here" || break
      report
      sleep "${EVERY:-60}" &
      wait $! || true
    done
    kill "$receiver" 2>/dev/null || true
    wait "$receiver" 2>/dev/null || true
    sleep 2
  done
}

# The last words of a replay that did not reach its moment, for people.
unreached() {
  local last
  last=$(sed -n 's/.*last completed transaction was at log time //p' "$1" | tail -n 1)
  if grep -q "recovery ended before configured recovery target was reached" "$1"; then
    echo "the log that was kept ends at ${last:-its copy}: nobody can tell what the database was at $AT UTC. Choose an earlier --at, or wait a minute for the log" >&2
  else
    echo "the copy cannot be replayed:" >&2
    tail -n 5 "$1" >&2
  fi
}

replay() {
  local said=$POINT/said server socket=${SOCKET:-/tmp} segment size
  chmod 700 "$POINT/base"
  pg_verifybackup --no-parse-wal --quiet "$POINT/base" || { echo "the copy of the server is not whole" >&2; exit 5; }
  # What had been received of the last segment, which may have been made just then.
  size=$(pg_controldata "$POINT/base" | sed -n 's/^Bytes per WAL segment: *//p')
  for segment in "$POINT"/log/*.partial; do
    [ -e "$segment" ] || continue
    truncate -s "$size" "$segment"
    mv "$segment" "${segment%.partial}"
  done
  touch "$POINT/base/recovery.signal"
  printf 'local all all trust\n' >"$POINT/hba"
  postgres -D "$POINT/base" -c listen_addresses= -c unix_socket_directories="$socket" -c hba_file="$POINT/hba" \
    -c hot_standby=off -c archive_mode=off -c fsync=off -c ssl=off \
    -c restore_command="test -f '$POINT/log/%f' && cp '$POINT/log/%f' '%p'" \
    ${AT:+-c recovery_target_time="$AT UTC" -c recovery_target_action=promote} >"$said" 2>&1 &
  server=$!
  export PGHOST=$socket PGUSER=postgres PGDATABASE=${PGDATABASE:-mlflow}
  until psql --no-psqlrc -At -c 'SELECT pg_is_in_recovery()' 2>/dev/null | grep -qx f; do
    kill -0 "$server" 2>/dev/null || { unreached "$said"; exit 3; }
    sleep 0.5
  done
  COPY=$RESTORED "$BASH" "$SCRIPTS/backup-database.sh" dump
  echo "replayed up to $(sed -n 's/.*last completed transaction was at log time //p' "$said" | tail -n 1)"
  kill -INT "$server"
  wait "$server" || true
  rm -rf "$POINT"
}

case "${1:-}" in
  receive) receive ;;
  replay) replay ;;
  *)
    echo "usage: wal-archive.sh receive|replay" >&2
    exit 64
    ;;
esac
