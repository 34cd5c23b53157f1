#!/bin/bash
# Returns once the daemon of a level answers its manager. A manager that runs before that, as after a boot, would take
# jobs and fail them.
set -Eeuo pipefail
# shellcheck source=lib.sh
. /usr/local/lib/buildx-runners/lib.sh
# The unit is stopped with this signal, which bash ignores by default.
trap 'exit 1' QUIT

level=$1
# A manager whose jobs run on other machines has no daemon to wait for.
account_exists "$(account_of "$level")" || exit 0
wait_for 120 docker --host "unix://$(socket_of "$level")" version || fail \
  "the Docker daemon of level $level does not answer, so its manager takes no jobs" "$(socket_of "$level")" \
  "run: journalctl _UID=$(uid_of "$level") --lines=50"
