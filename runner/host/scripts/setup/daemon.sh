# One rootless Docker daemon for each level, a unit of the account's own systemd.
# shellcheck shell=bash

start_user_manager() {
  local level=$1 account uid
  account=$(account_of "$level")
  uid=$(uid_of "$level")
  if [[ ! -e /var/lib/systemd/linger/$account ]]; then
    loginctl enable-linger "$account"
    changed "$account runs without a login session"
  fi
  # Delegation is read when the account's systemd starts.
  local mark
  mark=$(fingerprint "/etc/systemd/system/user@$uid.service.d/buildx-runners.conf")
  if systemctl is-active --quiet "user@$uid.service" && ! mark_is "user-manager-$level" "$mark"; then
    drain_manager "$level"
    systemctl restart "user@$uid.service"
  else
    systemctl start "user@$uid.service"
  fi
  set_mark "user-manager-$level" "$mark"
  wait_for 30 test -S "/run/user/$uid/bus" || fail "the systemd of $account has no message bus" "/run/user/$uid/bus" \
    "run: systemctl status user@$uid.service; is dbus-user-session installed?"
}

daemon_answers() { as_account "$1" docker version --format '{{.Server.Version}}'; }

package_version() { dpkg-query -W -f '${Version}' "$1" 2>/dev/null || true; }

# What a running daemon was started with; if any of it differs, it is restarted.
daemon_mark() {
  fingerprint /etc/systemd/user/buildx-docker.service "$LIBRARY/$1/daemon.json" "$LIBRARY/dockerd.sh" \
    "$(certificates_mark)" "$(package_version docker.io)$(package_version docker-ce)" \
    "$(package_version rootlesskit)$(package_version docker-ce-rootless-extras)"
}

run_daemon() {
  local level=$1 mark
  mark=$(daemon_mark "$level")
  if mark_is "daemon-$level" "$mark" && as_account "$level" systemctl --user is-active --quiet buildx-docker.service &&
    daemon_answers "$level" >/dev/null 2>&1; then
    unchanged "Docker daemon of level $level"
    return
  fi
  drain_manager "$level"
  if [[ ! -L /etc/systemd/user/default.target.wants/buildx-docker.service ]]; then
    systemctl --global --quiet enable buildx-docker.service
  fi
  as_account "$level" systemctl --user daemon-reload
  as_account "$level" systemctl --user restart buildx-docker.service || true
  wait_for 90 daemon_answers "$level" || fail "the rootless Docker daemon of level $level does not answer" \
    "$(socket_of "$level")" "run: journalctl _UID=$(uid_of "$level") --lines=50"
  set_mark "daemon-$level" "$mark"
  changed "Docker daemon of level $level runs"
}
