#!/bin/bash
# Leaves the computer as if it had never been a host: managers, daemons, accounts, data, units, rules and files go.
# Packages stay: something else may use them by now, and without the rest they are inert. Units of a rootful Docker
# that were masked are unmasked, and those that were enabled before are enabled and started again.
#
# teardown.sh [STACK/FLEET]: with an owner, a computer that has another one by now is left as it is.
set -Eeuo pipefail
LIBRARY=/usr/local/lib/buildx-runners
if [[ ! -e $LIBRARY/lib.sh ]]; then
  echo 'buildx-runners: nothing to tear down'
  exit
fi
# shellcheck source=lib.sh
. "$LIBRARY/lib.sh"
# shellcheck source=owner.sh
. "$LIBRARY/owner.sh"
source_parts setup
trap explain_failure ERR
require_root
only_one_at_a_time
if [[ -n ${1:-} ]] && belongs_to_another "$1"; then
  say "buildx-runners: this computer is a host of $(owner_of_host) now: nothing was removed"
  exit
fi

restore_rootful_units() {
  local unit
  for unit in docker.service docker.socket containerd.service; do
    [[ $(readlink "/etc/systemd/system/$unit") == /dev/null ]] || continue
    systemctl unmask --quiet "$unit"
    # An unmasked unit of a package that set-up installed would start with the next boot.
    if ! grep -qxF "$unit" "$STATE/rootful-units" 2>/dev/null; then
      systemctl disable --quiet "$unit" 2>/dev/null || true
    else
      systemctl enable --quiet --now "$unit" || true
    fi
  done
}

remove_manager_account() {
  rm -rf /etc/gitlab-runner/open /etc/gitlab-runner/protected
  rmdir /etc/gitlab-runner 2>/dev/null || true
  [[ -e $STATE/created-manager-account ]] || return 0
  rm -rf /var/lib/gitlab-runner
  userdel "$MANAGER_ACCOUNT" 2>/dev/null || true
}

remove_guard() {
  systemctl disable --quiet --now buildx-guard.service 2>/dev/null || true
  nft delete table inet buildx_guard 2>/dev/null || true
}

# The manifest goes last, so that a teardown that was interrupted still knows what is left.
remove_files() {
  local path
  while IFS= read -r path; do
    case $path in "$LIBRARY"/*) ;; *) rm -f -- "$path" ;; esac
  done <"$LIBRARY/manifest"
  rm -f "$DOCKER_KEY" "$DOCKER_SOURCE"
  rm -f /etc/systemd/user/default.target.wants/buildx-docker.service
  systemctl daemon-reload
  systemctl restart systemd-journald.service
  command -v update-ca-certificates >/dev/null && update-ca-certificates --fresh >/dev/null 2>&1
  rmdir /etc/systemd/user/default.target.wants /etc/systemd/journald.conf.d \
    /etc/systemd/system/gitlab-runner@.service.d 2>/dev/null || true
}

if [[ $ROLE == worker ]]; then shut_the_manager_out; fi
if in_cloud; then remove_cloud_units; fi
for level in open protected; do remove_level "$level"; done
if in_cloud; then leave_cloud; fi
rmdir "$DATA_DIRECTORY" 2>/dev/null || true
remove_guard
remove_manager_account
restore_rootful_units
remove_files
rm -rf "$STATE" "$LIBRARY"
rm -f "$LOCK"
say 'buildx-runners: this computer is no longer a host'
