# Shared by every script of this directory: paths, messages, and commands as a level's account.
# shellcheck shell=bash

export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL=C.UTF-8
umask 022

# Overridable, so that a copy unpacked elsewhere can check a computer before anything is installed on it.
LIBRARY=${LIBRARY:-/usr/local/lib/buildx-runners}
STATE=/var/lib/buildx-runners
LOCK=/run/lock/buildx-runners.lock
BUILDER_CONTAINER=buildx_buildkit_buildx-runners0
# shellcheck source=/dev/null
. "$LIBRARY/settings.env"
# A manager comes to a worker as the account that owns the daemon there.
if [[ $ROLE == worker ]]; then MANAGER_ACCOUNT=buildx-$LEVELS; else MANAGER_ACCOUNT=gitlab-runner; fi
export LIBRARY STATE LOCK MANAGER_ACCOUNT BUILDER_CONTAINER

# A manager's jobs run on workers; a host has both, daemons and managers.
runs_daemons() { [[ $ROLE != manager ]]; }
runs_managers() { [[ $ROLE != worker ]]; }
in_cloud() { [[ -f $LIBRARY/cloud/sync.sh ]]; }

# source_parts DIRECTORY: setup or doctor, with the parts that this role and its cloud have there.
source_parts() {
  local part
  for part in "$LIBRARY/$1"/*.sh; do
    # shellcheck source=/dev/null
    . "$part"
  done
}

changes=${BUILDX_RUNNERS_CHANGES:-0}

say() { printf '%s\n' "$*"; }
changed() {
  changes=$((changes + 1))
  printf 'changed    %s\n' "$*"
}
unchanged() { printf 'unchanged  %s\n' "$*"; }

# fail WHAT WHERE FIX
fail() {
  printf 'buildx-runners: %s\n  where:      %s\n  what to do: %s\n' "$1" "$2" "$3" >&2
  exit 1
}

# Prints which command failed unexpectedly, so that a report is useful without a debugger.
explain_failure() {
  local status=$? command=$BASH_COMMAND
  # A subshell passes its exit code up; only the script itself prints the message.
  ((BASH_SUBSHELL == 0)) || exit "$status"
  local source=${BASH_SOURCE[1]##*/} line=${BASH_LINENO[0]}
  printf 'buildx-runners: a step failed with exit code %s\n  where:      %s, line %s: %s\n  what to do: %s\n' \
    "$status" "$source" "$line" "$command" \
    'correct what the message above reports, and run set-up again: it continues where it stopped' >&2
  exit "$status"
}

require_root() {
  ((EUID == 0)) || fail 'this must run as root' "${0##*/}" "run it with sudo: sudo -n $0"
}

# Two runs at once would race for apt and for the accounts. A caller that holds the lock already says so.
only_one_at_a_time() {
  [[ ${BUILDX_RUNNERS_LOCKED:-} == yes ]] && return
  mkdir -p "${LOCK%/*}"
  exec 9>"$LOCK"
  flock -w 900 9 || fail 'another run has held the lock for 15 minutes' "$LOCK" \
    "see which process holds it (fuser -v $LOCK), wait or end it, then run this again"
  export BUILDX_RUNNERS_LOCKED=yes
}

# What a host needs, by the names of its package source. Ubuntu's docker.io holds the client; Debian's does not. A manager
# gets no container engine: whatever could run a job there could read the tokens.
wanted_packages() {
  local ID=''
  printf '%s\n' ca-certificates curl jq nftables unattended-upgrades
  runs_daemons || return 0
  # shellcheck source=/dev/null
  . /etc/os-release
  printf '%s\n' acl dbus-user-session git iptables slirp4netns uidmap
  case $PACKAGES_SOURCE-$ID in
    docker-*) printf '%s\n' docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-ce-rootless-extras gpg ;;
    *-debian) printf '%s\n' docker.io docker-cli docker-buildx rootlesskit ;;
    *) printf '%s\n' docker.io docker-buildx rootlesskit ;;
  esac
}

# For the scripts that a level's account runs: its level, and its daemon as Docker's client finds it.
take_own_level() {
  level=${USER#buildx-}
  DOCKER_HOST=unix://$(socket_of "$level")
  export level DOCKER_HOST
}

account_of() { printf 'buildx-%s' "$1"; }
uid_of() { id -u "$(account_of "$1")"; }
account_exists() { getent passwd "$1" >/dev/null; }
level_directory() { printf '%s/%s' "$DATA_DIRECTORY" "$1"; }
socket_of() { printf '%s/%s/docker.sock' "$DATA_DIRECTORY" "$1"; }
metrics_port() { case $1 in open) printf 9252 ;; *) printf 9253 ;; esac; }
manager_unit() { printf 'gitlab-runner@%s.service' "$1"; }
registered() { [[ -f $STATE/registered/$1 ]]; }

# as_account LEVEL COMMAND…: any job with a level's socket can change what is in its directories, for example into a
# symbolic link to anywhere. So root never writes there: the account does, with its own rights only.
as_account() {
  local level=$1 account uid
  shift
  account=$(account_of "$level")
  uid=$(id -u "$account")
  (cd / && exec 9>&- && exec runuser -u "$account" -- env -i PATH="$PATH" LC_ALL="$LC_ALL" \
    HOME="$(level_directory "$level")/home" USER="$account" LOGNAME="$account" \
    XDG_RUNTIME_DIR="/run/user/$uid" DBUS_SESSION_BUS_ADDRESS="unix:path=/run/user/$uid/bus" \
    DOCKER_HOST="unix://$(socket_of "$level")" "$@")
}

# holds FILE TEXT; write_file FILE TEXT: whole or not at all.
holds() { [[ -f $1 && $(<"$1") == "$2" ]]; }
write_file() {
  mkdir -p "${1%/*}"
  printf '%s\n' "$2" >"$1.new"
  mv -f "$1.new" "$1"
}

# A step that replaces or restarts something keeps a mark of what it was last done with. The mark is written after
# the step, so a run that was killed in between does the step again.
mark_is() { holds "$STATE/marks/$1" "$2"; }
set_mark() { write_file "$STATE/marks/$1" "$2"; }
clear_mark() { rm -f "$STATE/marks/$1"; }

# Digest of files and words: files that are missing count as empty.
fingerprint() {
  local word
  for word in "$@"; do
    if [[ $word == /* && -f $word ]]; then sha256sum <"$word"; else printf '%s\n' "$word"; fi
  done | sha256sum | cut -d' ' -f1
}

# wait_for SECONDS COMMAND…
wait_for() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < deadline)) || return 1
    sleep 0.3
  done
}

# Downloads only over what the setting names; retries what is worth retrying; never follows to another protocol.
download() {
  local url=$1 target=$2
  local -a proxy=()
  [[ -n $HTTPS_PROXY_URL && $url == https:* ]] && proxy=(--proxy "$HTTPS_PROXY_URL")
  [[ -n $HTTP_PROXY_URL && $url == http:* ]] && proxy=(--proxy "$HTTP_PROXY_URL")
  curl --fail --silent --show-error --location --retry 3 --retry-connrefused --connect-timeout 20 --max-time 900 \
    --proto-redir =https "${proxy[@]}" --noproxy "$NO_PROXY_LIST" --output "$target" -- "$url"
}

# Stops a manager gracefully: it takes no new job and ends once its running ones are done.
drain_manager() {
  local unit
  unit=$(manager_unit "$1")
  systemctl is-active --quiet "$unit" || return 0
  say "waiting    for the running jobs of level $1 to end"
  systemctl stop "$unit"
}
