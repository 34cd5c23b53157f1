#!/bin/bash
# What a manager runs on a worker before it gives it a job, as the level's account: waits until the daemon and the
# builder answer. When it gives up, the manager deletes the machine and makes another one.
set -Eeuo pipefail
# shellcheck source=../scripts/lib.sh
. /usr/local/lib/buildx-runners/lib.sh

take_own_level

wait_for 300 "$LIBRARY/builder.sh" is-current || fail "the builder of level $level is not ready after 5 minutes" \
  "this worker, $DOCKER_HOST" 'read its serial console, or the output of set-up: journalctl -u google-startup-scripts'
