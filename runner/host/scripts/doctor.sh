#!/bin/bash
# Checks every property of a host, a manager or a worker, and names what is wrong. Exit code 0 only when nothing failed; a warning is about
# something that this computer cannot do, or that was left out on purpose. It changes nothing.
set -Eeuo pipefail
if [[ ! -r /usr/local/lib/buildx-runners/lib.sh ]]; then
  echo 'buildx-doctor: this computer is not a host: /usr/local/lib/buildx-runners is missing' >&2
  exit 2
fi
# shellcheck source=lib.sh
. /usr/local/lib/buildx-runners/lib.sh
source_parts doctor

read_arguments "$@"
check_system
if runs_daemons; then check_guard; fi
for level in ${LEVELS:?}; do
  if runs_daemons; then
    check_account "$level"
    check_wall "$level"
    check_daemon "$level"
    check_builder "$level"
    check_housekeeping "$level"
  fi
  if runs_managers; then check_manager "$level"; fi
done
case $ROLE in
  manager) check_autoscaler ;;
  worker) check_ssh ;;
esac
if runs_daemons && in_cloud; then check_local_disks; fi
if runs_managers && in_cloud; then check_cloud; fi
tell_outcome
