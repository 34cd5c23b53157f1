# What a worker has beyond a host's steps: a manager comes in over SSH as the account that owns the daemon.
# shellcheck shell=bash

# Whatever gives the manager's account of a host access to the level's socket, here gives it to the level's own.
MANAGER_ACCOUNT=$(account_of "$LEVELS")
# sshd asks the metadata server for keys under this account: jobs, which cannot reach that server, cannot become it.
KEYS_ACCOUNT=buildx-ssh
SSH_SETTINGS=/etc/ssh/sshd_config.d/10-buildx-runners.conf
export MANAGER_ACCOUNT KEYS_ACCOUNT SSH_SETTINGS

# sshd runs the manager's commands by this shell; there is nothing that the account could use it for beyond.
give_shell() {
  local account
  account=$(account_of "$1")
  [[ $(getent passwd "$account" | cut -d: -f7) == /bin/sh ]] && return
  usermod --shell /bin/sh "$account"
  changed "$account may run the manager's commands"
}

# A guest agent that manages accounts makes every account with a key in the metadata an administrator.
take_from_groups() {
  local account
  account=$(account_of "$1")
  [[ $(id -Gn "$account") == "$account" ]] && return
  usermod --groups '' "$account"
  changed "$account is in no other group"
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

# Last of all steps: whom sshd lets in then finds everything ready.
open_to_manager() {
  local mark
  mark=$(fingerprint "$SSH_SETTINGS")
  if mark_is ssh "$mark"; then
    unchanged 'SSH for the manager'
    return
  fi
  command -v sshd >/dev/null || fail 'sshd is missing, and a manager comes by SSH' /usr/sbin/sshd \
    'use an image that has openssh-server'
  # Where a connection starts sshd, its directory is made by then and not before.
  mkdir -p /run/sshd
  sshd -t || fail 'sshd does not accept its configuration' "$SSH_SETTINGS" 'look at its own words above'
  systemctl try-reload-or-restart ssh.service
  set_mark ssh "$mark"
  changed 'SSH for the manager, and for nobody else'
}
