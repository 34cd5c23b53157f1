#!/bin/bash
# Starts PostgreSQL; an empty data directory becomes a cluster with PostGIS first. Understands the official image's
# POSTGRES_USER, POSTGRES_PASSWORD (or …_FILE), POSTGRES_DB, POSTGRES_HOST_AUTH_METHOD, POSTGRES_INITDB_ARGS, PGDATA
# and /docker-entrypoint-initdb.d.
set -euo pipefail

if [[ ${1:-} == -* ]]; then
  set -- postgres "$@"
fi
if [[ ${1:-} != postgres ]]; then
  exec "$@"
fi

if [[ $(id -u) == 0 ]]; then
  install -d -m 0700 -o postgres -g postgres "$PGDATA"
  # A container's /run may be a file system of its own, and empty.
  install -d -m 3775 -o postgres -g postgres /var/run/postgresql
  chown -R postgres:postgres "$PGDATA"
  exec setpriv --reuid=postgres --regid=postgres --init-groups "${BASH_SOURCE[0]}" "$@"
fi

read_password() {
  if [[ -n ${POSTGRES_PASSWORD_FILE:-} ]]; then
    POSTGRES_PASSWORD=$(<"$POSTGRES_PASSWORD_FILE")
  fi
  if [[ -z ${POSTGRES_PASSWORD:-} && ${POSTGRES_HOST_AUTH_METHOD:-} != trust ]]; then
    echo "The superuser has no password: set POSTGRES_PASSWORD (or POSTGRES_HOST_AUTH_METHOD=trust)." >&2
    exit 1
  fi
}

# psql as the superuser on the temporary server, which listens on no port.
run_sql() {
  psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$user" --no-password "$@"
}

create_cluster() {
  local options=()
  read -r -a options <<<"${POSTGRES_INITDB_ARGS:-}"
  options+=(--no-sync)
  if [[ -n ${POSTGRES_PASSWORD:-} ]]; then
    initdb --username="$user" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") "${options[@]}"
  else
    initdb --username="$user" "${options[@]}"
  fi
  printf '\nhost all all all %s\n' "${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >>"$PGDATA/pg_hba.conf"
}

add_postgis() {
  run_sql --dbname "$1" <<'SQL'
CREATE EXTENSION IF NOT EXISTS postgis;
CREATE EXTENSION IF NOT EXISTS postgis_topology;
CREATE EXTENSION IF NOT EXISTS fuzzystrmatch;
CREATE EXTENSION IF NOT EXISTS postgis_tiger_geocoder;
SQL
}

create_databases() {
  run_sql --dbname postgres --command 'CREATE DATABASE template_postgis IS_TEMPLATE true'
  add_postgis template_postgis
  if [[ $database_name == postgres ]]; then
    add_postgis postgres
  else
    run_sql --dbname postgres --set name="$database_name" <<<'CREATE DATABASE :"name" TEMPLATE template_postgis;'
  fi
}

run_own_scripts() {
  local file
  for file in /docker-entrypoint-initdb.d/*; do
    case $file in
      *.sql) run_sql --dbname "$database_name" --file "$file" ;;
      *.sql.gz) gunzip --stdout "$file" | run_sql --dbname "$database_name" ;;
      *.sh) [[ ! -f $file ]] || bash "$file" ;;
    esac
  done
}

if [[ ! -s $PGDATA/PG_VERSION ]]; then
  read_password
  user=${POSTGRES_USER:-postgres}
  database_name=${POSTGRES_DB:-$user}
  create_cluster
  # Ready only once it is complete: until then, nothing but this script can connect. A crash before that leaves a
  # container that nobody used yet, so nothing needs to be safe on disk.
  pg_ctl --pgdata "$PGDATA" --wait --silent --options "-c listen_addresses='' -c fsync=off -p 5432" start
  create_databases
  run_own_scripts
  pg_ctl --pgdata "$PGDATA" --mode fast --wait --silent stop
  echo 'PostgreSQL init process complete; ready for start up.'
fi
exec "$@"
