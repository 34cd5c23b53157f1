#!/bin/bash
# Waits until a TCP port accepts connections when called as `HOST:PORT [-t SECONDS]`; runs any other command as it is.
set -euo pipefail

if [[ ! ${1:-} =~ ^([^:/]+):([0-9]+)$ ]]; then
  exec "$@"
fi
host=${BASH_REMATCH[1]}
port=${BASH_REMATCH[2]}
seconds=30
if [[ ${2:-} == -t ]]; then
  seconds=$3
fi
deadline=$((SECONDS + seconds))
until (exec 3<>"/dev/tcp/$host/$port") 2>/dev/null; do
  if ((SECONDS >= deadline)); then
    echo "$host:$port did not accept a connection within $seconds seconds" >&2
    exit 1
  fi
  sleep 0.2
done
