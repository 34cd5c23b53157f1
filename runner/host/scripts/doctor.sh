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
for part in report system accounts guard daemon manager; do
  # shellcheck source=/dev/null
  . "$LIBRARY/doctor/$part.sh"
done

case ${1:-} in
  '') output=print_text ;;
  --json) output=print_json ;;
  -h | --help)
    say 'usage: buildx-doctor [--json]'
    say 'Checks this host. Exit code 0: nothing failed; 1: something did; 2: the check itself could not run.'
    exit
    ;;
  *)
    printf "buildx-doctor: unknown argument '%s'; use --json or none\n" "$1" >&2
    exit 2
    ;;
esac
if ((EUID != 0)); then
  echo 'buildx-doctor: run it as root: sudo buildx-doctor' >&2
  exit 2
fi

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

"$output"
((${failures:?} == 0))
