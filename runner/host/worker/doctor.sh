#!/bin/bash
# Checks every promise of a worker and names what is wrong. Exit code 0 only when nothing failed; a warning is about
# something that this computer cannot do, or that was left out on purpose. It changes nothing.
set -Eeuo pipefail
if [[ ! -r /usr/local/lib/buildx-runners/lib.sh ]]; then
  echo 'buildx-doctor: this computer is no worker: /usr/local/lib/buildx-runners is missing' >&2
  exit 2
fi
# shellcheck source=../scripts/lib.sh
. /usr/local/lib/buildx-runners/lib.sh
for part in report system accounts guard daemon command; do
  # shellcheck source=/dev/null
  . "$LIBRARY/doctor/$part.sh"
done
# shellcheck source=role.sh
. "$LIBRARY/role.sh"
cloud=$LIBRARY/cloud/doctor.sh
# shellcheck source=../cloud/doctor.sh
if [[ -f $cloud ]]; then . "$cloud"; fi
level=${LEVELS:?}

# In place of a host's check: here the account has a shell, for the manager's commands.
account_is_alone() {
  local account=$1 groups
  groups=$(id -Gn "$account")
  [[ $groups == "$account" ]] || { say "it is in the groups $groups"; return 1; }
  [[ $(getent shadow "$account" | cut -d: -f2) =~ ^[!*] ]] || { say 'it has a password'; return 1; }
  [[ $(getent passwd "$account" | cut -d: -f7) == /bin/sh ]]
}

# What sshd itself makes of all its files for a connection of the account.
sshd_settings() { sshd -T -C "user=$(account_of "$level"),host=manager,addr=192.0.2.1" 2>&1; }
sshd_has() {
  local settings line
  settings=$(sshd_settings) || { say "$settings"; return 1; }
  for line in "$@"; do grep -qxF -- "$line" <<<"$settings" || { say "sshd has no '$line'"; return 1; }; done
}
keys_come_from_metadata() {
  sshd_has 'authorizedkeysfile none' "authorizedkeyscommand $LIBRARY/authorized-keys.sh %u" \
    "authorizedkeyscommanduser $KEYS_ACCOUNT" 'authenticationmethods publickey' 'trustedusercakeys none'
}
only_the_manager_comes_in() {
  sshd_has 'allowusers buildx-open' 'allowusers buildx-protected' 'permitrootlogin no' 'passwordauthentication no'
}
nothing_is_forwarded_here() { sshd_has 'allowtcpforwarding local' 'allowstreamlocalforwarding local' 'permittunnel no'; }
ssh_is_up() { systemctl is-active ssh.service || systemctl is-active ssh.socket; }
# Keys that a job put into the account's home, and any that an image brought.
token_is_here() { ls /etc/gitlab-runner/*/config.toml /etc/gitlab-runner/config.toml 2>/dev/null || pgrep -x gitlab-runner; }
metadata_has() { curl --fail --silent --noproxy '*' --max-time 5 --header 'Metadata-Flavor: Google' "http://169.254.169.254/computeMetadata/v1/$1"; }

check_identity() {
  local accounts
  if ! metadata_has instance/id >/dev/null; then
    report skip worker.identity 'this machine is nobody in the cloud' 'no metadata server answers' ''
    return
  fi
  accounts=$(metadata_has instance/service-accounts/ || true)
  if [[ -z $accounts ]]; then
    report pass worker.identity 'this machine is nobody in the cloud' '' ''
  else
    report fail worker.identity 'this machine is nobody in the cloud' "it has the service accounts $accounts" \
      'take the service account out of the template of the workers (pulumi up does)'
  fi
}

read_arguments "$@"
check_system
check_guard
check_account "$level"
hold "$level.directory" "the directory of level $level is closed to others" "$AGAIN" directory_is_closed "$level"
refuse "$level.state" "$(account_of "$level") cannot read set-up's records" "$AGAIN" reach_state "$level"
check_daemon "$level"
check_builder "$level"
check_housekeeping "$level"
hold worker.ssh 'sshd runs' 'look at: systemctl status ssh.service' ssh_is_up
hold worker.ssh-keys 'sshd takes the keys of the metadata and no others' "$AGAIN" keys_come_from_metadata
hold worker.ssh-accounts 'nobody but the manager may log in' "$AGAIN" only_the_manager_comes_in
hold worker.ssh-forwarding "sshd forwards this machine's socket to the manager, and nothing of the manager's here" \
  "$AGAIN" nothing_is_forwarded_here
refuse worker.no-token 'no runner manager and no token are here' 'delete this machine' token_is_here
check_identity
if [[ -f $cloud ]]; then check_local_disks; fi
tell_outcome
