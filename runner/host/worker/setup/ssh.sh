# What a worker has beyond a host's steps: a manager comes in over SSH as the account that owns the daemon.
# shellcheck shell=bash

# sshd asks the metadata server for keys under this account: jobs, which cannot reach that server, cannot become it.
KEYS_ACCOUNT=buildx-ssh
SSH_SETTINGS=/etc/ssh/sshd_config.d/10-buildx-runners.conf
# What sshd's older versions do not know.
SSH_PENALTIES=/etc/ssh/sshd_config.d/11-buildx-runners-penalties.conf
GUEST_AGENT=/etc/default/instance_configs.cfg

# sshd runs the manager's commands by a shell of the account's, and takes an account whose password is `!` for locked:
# with `*` it has none, and keys open it.
open_account() {
  local account=$1
  [[ $(getent passwd "$account" | cut -d: -f7) == /bin/sh && $(getent shadow "$account" | cut -d: -f2) == '*' ]] && return
  usermod --shell /bin/sh --password '*' "$account"
  changed "$account may log in with a key"
}

# Google's guest agent makes an administrator of every account with a key in the metadata. OS Login keeps it from that
# (the template of the workers says so); without OS Login, this does. Versions differ in which of its files goes first.
stop_account_management() {
  local mark
  mark=$(fingerprint "$GUEST_AGENT" "$GUEST_AGENT.template")
  [[ -f $GUEST_AGENT ]] || return 0
  mark_is guest-agent "$mark" && return
  if grep -q '^accounts_daemon' "$GUEST_AGENT"; then
    sed -i 's/^accounts_daemon.*/accounts_daemon = false/' "$GUEST_AGENT"
  else
    cat "$GUEST_AGENT.template" >>"$GUEST_AGENT"
  fi
  systemctl try-restart google-guest-agent.service
  set_mark guest-agent "$(fingerprint "$GUEST_AGENT" "$GUEST_AGENT.template")"
  changed "Google's guest agent manages no accounts"
}

# Undoes what the guest agent did before it was configured.
take_from_groups() {
  local account=$1
  [[ $(id -Gn "$account") == "$account" ]] && return
  usermod --groups '' "$account"
  changed "$account is in no other group"
}

# Before the account's first process: what it starts with, it keeps.
admit_account() {
  local account
  account=$(account_of "$1")
  open_account "$account"
  stop_account_management
  take_from_groups "$account"
}

create_keys_account() {
  if account_exists "$KEYS_ACCOUNT"; then
    unchanged "account $KEYS_ACCOUNT"
    return
  fi
  useradd --system --user-group --home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin \
    --comment "Reads SSH keys from the machine's metadata" "$KEYS_ACCOUNT"
  changed "created account $KEYS_ACCOUNT"
}

# A manager connects again and again until sshd accepts it, and nothing else can connect: the more often it was refused,
# the longer a newer sshd would let it wait.
forgive_early_calls() {
  [[ ! -f $SSH_PENALTIES ]] || return 0
  # Where a connection starts sshd, its directory is made by then and not before.
  mkdir -p /run/sshd
  sshd -t -o PerSourcePenalties=no 2>/dev/null || return 0
  write_file "$SSH_PENALTIES" 'PerSourcePenalties no'
}

# The last step: when sshd accepts the manager, everything is ready.
open_to_manager() {
  local mark
  create_keys_account
  forgive_early_calls
  mark=$(fingerprint "$SSH_SETTINGS" "$SSH_PENALTIES")
  if mark_is ssh "$mark"; then
    unchanged 'SSH for the manager'
    return
  fi
  command -v sshd >/dev/null || fail 'sshd is missing, and the manager connects by SSH' /usr/sbin/sshd \
    'use an image that has openssh-server'
  sshd -t || fail 'sshd does not accept its configuration' "$SSH_SETTINGS" 'read its message above'
  systemctl try-reload-or-restart ssh.service
  set_mark ssh "$mark"
  changed 'SSH for the manager only'
}

shut_the_manager_out() {
  rm -f "$SSH_SETTINGS" "$SSH_PENALTIES"
  systemctl try-reload-or-restart ssh.service
  if [[ -f $GUEST_AGENT ]]; then sed -i 's/^accounts_daemon = false$/accounts_daemon = true/' "$GUEST_AGENT"; fi
  userdel "$KEYS_ACCOUNT" 2>/dev/null || true
}
