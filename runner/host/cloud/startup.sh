#!/bin/bash
# What a machine of Google Cloud runs at every boot, as its metadata carries it: turns a fresh machine into a host,
# and leaves all the rest to the units that set-up installs. Tries again for as long as the machine lives, at longer
# and longer intervals, since a package mirror that is down comes back.
set -euo pipefail
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8
umask 022
# shellcheck source=metadata.sh
. "${BASH_SOURCE[0]%/*}/metadata.sh"
# shellcheck source=apply.sh
. "${BASH_SOURCE[0]%/*}/apply.sh"

# Seconds that one attempt may take: a stock image on a small machine behind a slow mirror needs some minutes.
LONGEST_ATTEMPT=2700

# Whether a unit follows the metadata from here on. A set-up that was cut in its middle may have enabled it already.
is_kept() { [[ -f $APPLIED ]] && systemctl is-enabled --quiet buildx-sync.service 2>/dev/null; }

main() {
  local pause=5
  if is_kept; then
    printf 'buildx-runners: this machine is set up; buildx-sync.service applies later changes\n'
    return
  fi
  announce 'booting setting up'
  until apply_setup "$LONGEST_ATTEMPT"; do
    announce_failure "trying again in $pause seconds"
    sleep "$pause"
    pause=$(longer_than "$pause")
  done
}

main
