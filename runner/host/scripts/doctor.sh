#!/bin/bash
# Checks every promise of a host and names what is wrong. Exit code 0 only when nothing failed; a warning is about
# something that this computer cannot do, or that was left out on purpose. It changes nothing.
set -Eeuo pipefail
if [[ ! -r /usr/local/lib/buildx-runners/lib.sh ]]; then
  echo 'buildx-doctor: this computer is not a host: /usr/local/lib/buildx-runners is missing' >&2
  exit 2
fi
# shellcheck source=lib.sh
. /usr/local/lib/buildx-runners/lib.sh
for part in report system accounts guard daemon manager command; do
  # shellcheck source=/dev/null
  . "$LIBRARY/doctor/$part.sh"
done
# A machine of a cloud promises more.
cloud=$LIBRARY/cloud/doctor.sh
# shellcheck source=../cloud/doctor.sh
if [[ -f $cloud ]]; then . "$cloud"; fi

read_arguments "$@"
check_system
check_guard
for level in ${LEVELS:?}; do
  check_account "$level"
  check_wall "$level"
  check_daemon "$level"
  check_builder "$level"
  check_housekeeping "$level"
  check_manager "$level"
done
if [[ -f $cloud ]]; then
  check_local_disks
  check_cloud
fi
tell_outcome
