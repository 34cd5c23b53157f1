# What cancelled jobs leave behind, and what grows by itself.
# shellcheck shell=bash

schedule_housekeeping() { enable_unit "buildx-housekeeping@$1.timer"; }

# The journal's own file says how much it may keep; journald reads it when it starts.
rotate_logs() {
  local mark
  mark=$(fingerprint /etc/systemd/journald.conf.d/buildx-runners.conf)
  mark_is journal "$mark" && return
  systemctl restart systemd-journald.service
  set_mark journal "$mark"
  changed 'log rotation'
}
