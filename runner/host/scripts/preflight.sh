#!/bin/bash
# Refuses a computer on which set-up cannot succeed, before anything on it is changed.
set -Eeuo pipefail
LIBRARY=${LIBRARY:-$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)}
# shellcheck source=lib.sh
. "$LIBRARY/lib.sh"
# shellcheck source=owner.sh
. "$LIBRARY/owner.sh"
trap explain_failure ERR

os_release=${OS_RELEASE:-/etc/os-release}
supported='supported are Debian 12 and 13 and Ubuntu 22.04 and 24.04, on amd64 and arm64'

check_system() {
  local ID='' VERSION_ID='' architecture
  # shellcheck source=/dev/null
  [[ -r $os_release ]] && . "$os_release"
  case $ID-$VERSION_ID in
    debian-13 | ubuntu-24.04) ;;
    debian-12 | ubuntu-22.04)
      [[ $PACKAGES_SOURCE == docker ]] || fail \
        "$ID $VERSION_ID does not package docker-buildx, which a host needs" "$os_release" \
        "set 'packages: docker' for this fleet, or use Debian 13 or Ubuntu 24.04"
      ;;
    *) fail "unsupported system '${ID:-unknown} ${VERSION_ID:-unknown}'; $supported" "$os_release" \
      'use a machine with one of these' ;;
  esac
  architecture=$(dpkg --print-architecture)
  case $architecture in
    amd64 | arm64) ;;
    *) fail "unsupported architecture '$architecture'; $supported" 'dpkg --print-architecture' \
      'use a machine with one of these' ;;
  esac
}

check_init() {
  [[ -d /run/systemd/system ]] || fail 'systemd is not running here, and the daemons run as its units' \
    /run/systemd/system 'use a booted virtual machine, not a container or a chroot'
}

check_kernel() {
  [[ -e /proc/self/ns/user && $(</proc/sys/user/max_user_namespaces) -gt 0 ]] || fail \
    'the kernel allows no user namespaces, which rootless Docker needs' /proc/sys/user/max_user_namespaces \
    'set user.max_user_namespaces with sysctl'
}

check_settings() {
  [[ $DATA_DIRECTORY =~ ^(/[A-Za-z0-9_][A-Za-z0-9._-]*)+$ ]] || fail \
    "the data directory '$DATA_DIRECTORY' is not a plain absolute path" "$LIBRARY/settings.env" \
    'use letters, digits, dots, dashes and underscores between slashes'
  local used=$STATE/data-directory
  if ((EUID == 0)) && [[ -f $used && $(<"$used") != "$DATA_DIRECTORY" ]]; then
    fail "this host keeps its data in $(<"$used"), not in $DATA_DIRECTORY" "$used" \
      'keep the old value, or remove the host from the fleet (its teardown removes the old data) and add it again'
  fi
}

require_root
refuse_to_take_from_another
check_system
check_init
check_kernel
check_settings
