# shellcheck shell=bash
# Sourced by scripts that copy a database. The arguments behind the first are psql's: `service=source`, or none with libpq's variables.

# reach WHAT [ARGUMENT…]: waits for a server that is starting, and ends the script where it does not answer.
reach() {
  local what=$1 tries=0 error
  shift
  until error=$(psql --no-psqlrc -At "$@" -c 'SELECT 1' 2>&1 >/dev/null); do
    tries=$((tries + 1))
    [ "$tries" -lt "${TRIES:-90}" ] || { echo "the $what cannot be reached: $error" >&2; exit 4; }
    sleep 2
  done
}

# query [ARGUMENT…]: rows as lines, and the first error ends it.
query() { psql --no-psqlrc --quiet -At -v ON_ERROR_STOP=1 "$@"; }

# A dump of Postgres 17 or later begins with a setting that older servers do not know.
for_older_servers() { sed '1,40{/^SET transaction_timeout = 0;$/d}' "$@"; }
