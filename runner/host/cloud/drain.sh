#!/bin/bash
# Lets the running jobs end before this machine stops. `watch` waits for Google's notice of the stop; `stop`
# is what an ordinary shutdown runs. Within the time there is, the managers take no new job and end the running ones;
# shortly before its end they abort what still runs, so that GitLab learns of it and can retry; then GitLab forgets
# the managers, and the runners stay.
# https://cloud.google.com/compute/docs/instances/graceful-shutdown-overview
# https://cloud.google.com/compute/docs/instances/create-use-preemptible#handle_preemption
set -Eeuo pipefail
# shellcheck source=../scripts/lib.sh
. /usr/local/lib/buildx-runners/lib.sh
# shellcheck source=metadata.sh
. "$LIBRARY/cloud/metadata.sh"
# shellcheck source=unregister.sh
. "$LIBRARY/cloud/unregister.sh"
trap explain_failure ERR

# What Google grants at least without a graceful shutdown: https://cloud.google.com/compute/docs/shutdownscript
PREEMPTED_SECONDS=30
POWEROFF_SECONDS=90
# systemd forces a reboot that takes longer than half an hour.
REBOOT_SECONDS=1500

# await KEY VALUE: returns once the metadata server says so. A key that is not there may come.
await() {
  local value etag=NONE header
  header=$RUN/$(basename "$1").header
  while true; do
    if ! value=$(metadata "$1?wait_for_change=true&last_etag=$etag&timeout_sec=300" --max-time 330 \
      --dump-header "$header" 2>/dev/null); then
      sleep 10
      continue
    fi
    [[ $value == "$2" ]] && return
    etag=$(etag_of "$header")
  done
}

watch() {
  local preempted stopping first=
  if [[ -e $RUN/drained ]]; then sleep infinity; fi
  await instance/preempted TRUE &
  preempted=$!
  await instance/shutdown-details/stop-state PENDING_STOP &
  stopping=$!
  wait -n -p first "$preempted" "$stopping"
  if [[ $first == "$preempted" ]]; then
    say "Google stops this machine in $PREEMPTED_SECONDS seconds"
    drain "$PREEMPTED_SECONDS"
    # Its end comes from outside.
    sleep infinity
  fi
  say "this machine must stop within $SHUTDOWN_SECONDS seconds"
  drain "$SHUTDOWN_SECONDS"
  systemctl poweroff --no-block
}

# A restart of this unit alone is no reason to drain.
stop() {
  local seconds=$POWEROFF_SECONDS
  [[ $(systemctl is-system-running || true) == stopping ]] || return 0
  if [[ $(systemctl list-jobs --no-legend) == *reboot.target* ]]; then seconds=$REBOOT_SECONDS; fi
  drain "$((seconds < SHUTDOWN_SECONDS ? seconds : SHUTDOWN_SECONDS))"
}

between() { printf '%s' "$(($1 < $2 ? $2 : $1 > $3 ? $3 : $1))"; }

# drain SECONDS: notice and shutdown may come together, and then the second waits for the first.
drain() {
  exec 8>"$RUN/drain.lock"
  flock 8
  if [[ ! -e $RUN/drained ]]; then end_jobs "$1"; fi
  exec 8>&-
}

end_jobs() {
  local end=$((SECONDS + $1)) level abort last
  local -a pids=()
  # How long before the end jobs are aborted, and managers that do not end are killed.
  abort=$(between "$(($1 / 3))" 12 120)
  last=$(between "$(($1 / 9))" 5 30)
  touch "$RUN/draining"
  announce draining 8>&- &
  pids+=($!)
  # It would start the managers that this script stops.
  systemctl stop --no-block buildx-sync.service
  for level in $LEVELS; do end_manager "$level"; done
  await_managers "$((end - abort))" || signal_managers main SIGTERM
  await_managers "$((end - last))" || signal_managers all SIGKILL
  for level in $LEVELS; do
    unregister "$level" 8>&- &
    pids+=($!)
  done
  wait "${pids[@]}" || true
  announce drained
  touch "$RUN/drained"
}

# While the system shuts down, systemd stops a manager only after this unit, so the signal is sent by hand as well.
end_manager() {
  systemctl stop --no-block "$(manager_unit "$1")"
  systemctl kill --kill-who=main --signal=SIGQUIT "$(manager_unit "$1")" 2>/dev/null || true
}

managers_ended() {
  local level
  for level in $LEVELS; do
    [[ $(systemctl show --property=MainPID --value "$(manager_unit "$level")") == 0 ]] || return 1
  done
}

# await_managers END: until this reading of SECONDS.
await_managers() {
  until managers_ended; do
    ((SECONDS < $1)) || return 1
    sleep 0.5
  done
}

signal_managers() {
  local level
  say "the managers did not end in time: sending them $2"
  for level in $LEVELS; do
    systemctl kill --kill-who="$1" --signal="$2" "$(manager_unit "$level")" 2>/dev/null || true
  done
}

require_root
mkdir -p "$RUN"
case ${1:-} in
  watch | stop) "$1" ;;
  *) fail "unknown argument '${1:-}'" drain.sh 'use watch or stop' ;;
esac
