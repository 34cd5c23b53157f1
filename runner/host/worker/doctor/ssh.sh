# Further checks of a worker: only the manager can log in, over SSH.
# shellcheck shell=bash

# What sshd itself makes of all its files for a connection of the account.
sshd_settings() { sshd -T -C "user=$MANAGER_ACCOUNT,host=manager,addr=192.0.2.1" 2>&1; }
sshd_has() {
  local settings line
  settings=$(sshd_settings) || { say "$settings"; return 1; }
  for line in "$@"; do grep -qxF -- "$line" <<<"$settings" || { say "sshd has no '$line'"; return 1; }; done
}
keys_come_from_metadata() {
  sshd_has 'authorizedkeysfile none' "authorizedkeyscommand $LIBRARY/authorized-keys.sh %u" \
    'authorizedkeyscommanduser buildx-ssh' 'authenticationmethods publickey' 'trustedusercakeys none'
}
only_the_manager_comes_in() {
  sshd_has 'allowusers buildx-open' 'allowusers buildx-protected' 'permitrootlogin no' 'passwordauthentication no'
}
nothing_is_forwarded_here() { sshd_has 'allowtcpforwarding local' 'allowstreamlocalforwarding local' 'permittunnel no'; }
ssh_is_up() { systemctl is-active ssh.service || systemctl is-active ssh.socket; }
token_is_here() { ls /etc/gitlab-runner/*/config.toml /etc/gitlab-runner/config.toml 2>/dev/null || pgrep -x gitlab-runner; }
metadata_has() { curl --fail --silent --noproxy '*' --max-time 5 --header 'Metadata-Flavor: Google' "http://169.254.169.254/computeMetadata/v1/$1"; }

check_identity() {
  local accounts
  if ! metadata_has instance/id >/dev/null; then
    report skip worker.identity 'this machine has no service account' 'no metadata server answers' ''
    return
  fi
  accounts=$(metadata_has instance/service-accounts/ || true)
  if [[ -z $accounts ]]; then
    report pass worker.identity 'this machine has no service account' '' ''
  else
    report fail worker.identity 'this machine has no service account' "it has the service accounts $accounts" \
      'run pulumi up, which removes the service account from the template of the workers'
  fi
}

check_ssh() {
  hold worker.ssh 'sshd runs' 'run: systemctl status ssh.service' ssh_is_up
  hold worker.ssh-keys 'sshd accepts only the keys in the metadata' "$AGAIN" keys_come_from_metadata
  hold worker.ssh-accounts 'only the manager may log in' "$AGAIN" only_the_manager_comes_in
  hold worker.ssh-forwarding "sshd forwards this machine's socket to the manager, and no port or socket of the manager to this machine" \
    "$AGAIN" nothing_is_forwarded_here
  refuse worker.no-token 'this machine has no runner manager and no token' 'delete this machine' token_is_here
  check_identity
}
