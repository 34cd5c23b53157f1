#!/bin/sh
set -eu
# This container is the candidate itself; the service is its neighbour.
deadline=$(($(date +%s) + VALIDATE_TIMEOUT))
if [ -n "${VALIDATE_READY:-}" ]; then
  echo "waiting for $VALIDATE_SERVICE"
  until sh -c "$VALIDATE_READY"; do
    if [ "$(date +%s)" -ge "$deadline" ]; then
      echo "$VALIDATE_SERVICE was not ready after $VALIDATE_TIMEOUT s: no tag has moved" >&2
      exit 1
    fi
    sleep 1
  done
fi
# GitLab starts a job in its checkout.
cd "$VALIDATE_DIRECTORY"
status=0
timeout "$VALIDATE_TIMEOUT" "$@" || status=$?
if [ "$status" -ne 0 ]; then
  echo "the validation failed: exit $status, within a limit of $VALIDATE_TIMEOUT s. No tag has moved." >&2
  exit 1
fi
