# What a worker has beyond a host's steps: a manager comes in over SSH as the account that owns the daemon.
# shellcheck shell=bash

# Whatever gives the manager's account of a host access to the level's socket, here gives it to the level's own.
MANAGER_ACCOUNT=$(account_of "$LEVELS")
# sshd asks the metadata server for keys under this account: jobs, which cannot reach that server, cannot become it.
KEYS_ACCOUNT=buildx-ssh
SSH_SETTINGS=/etc/ssh/sshd_config.d/10-buildx-runners.conf
# What sshd's older versions do not know.
SSH_PENALTIES=/etc/ssh/sshd_config.d/11-buildx-runners-penalties.conf
GUEST_AGENT=/etc/default/instance_configs.cfg
export MANAGER_ACCOUNT KEYS_ACCOUNT SSH_SETTINGS SSH_PENALTIES GUEST_AGENT

# sshd runs the manager's commands by a shell of the account's, and takes an account whose password is `!` for locked:
# with `*` it has none, and keys open it.
admit_account() {
  local account
  account=$(account_of "$1")
  [[ $(getent passwd "$account" | cut -d: -f7) == /bin/sh && $(getent shadow "$account" | cut -d: -f2) == '*' ]] && return
  usermod --shell /bin/sh --password '*' "$account"
  changed "$account may log in by a key"
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

# What it did before it was told.
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

# On a machine of a cloud: an image may be older than what the stack wants of it. There is nothing to drain here: jobs
# are the manager's, which the cloud tells of machines that go.
follow_setup() {
  [[ -f $LIBRARY/cloud/sync.sh ]] || return 0
  if [[ ${BUILDX_RUNNERS_BAKING:-} == yes ]]; then
    systemctl enable --quiet buildx-sync.service
  else
    enable_unit buildx-sync.service
  fi
}

# A manager calls from the first second on, until it is let in, and nobody else can call: the more often it was refused,
# the longer a newer sshd would let it wait.
forgive_early_calls() {
  [[ ! -f $SSH_PENALTIES ]] || return 0
  # Where a connection starts sshd, its directory is made by then and not before.
  mkdir -p /run/sshd
  sshd -t -o PerSourcePenalties=no 2>/dev/null || return 0
  printf 'PerSourcePenalties no\n' >"$SSH_PENALTIES.new"
  mv -f "$SSH_PENALTIES.new" "$SSH_PENALTIES"
}

# Last of all steps: whom sshd lets in then finds everything ready.
open_to_manager() {
  local mark
  forgive_early_calls
  mark=$(fingerprint "$SSH_SETTINGS" "$SSH_PENALTIES")
  if mark_is ssh "$mark"; then
    unchanged 'SSH for the manager'
    return
  fi
  command -v sshd >/dev/null || fail 'sshd is missing, and a manager comes by SSH' /usr/sbin/sshd \
    'use an image that has openssh-server'
  sshd -t || fail 'sshd does not accept its configuration' "$SSH_SETTINGS" 'look at its own words above'
  systemctl try-reload-or-restart ssh.service
  set_mark ssh "$mark"
  changed 'SSH for the manager, and for nobody else'
}
