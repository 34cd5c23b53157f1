# The cloud's metadata service gives the machine's identity to every process: jobs must not reach it.
# shellcheck shell=bash

guard_metadata() {
  local mark
  mark=$(fingerprint "$LIBRARY/guard.sh" /etc/systemd/system/buildx-guard.service "$(bash "$LIBRARY/guard.sh" rules)")
  if systemctl is-enabled --quiet buildx-guard.service 2>/dev/null && mark_is guard "$mark" &&
    bash "$LIBRARY/guard.sh" check; then
    unchanged 'metadata guard'
    return
  fi
  systemctl enable --quiet buildx-guard.service
  # Reload swaps the rules in one transaction; a restart would stop the daemons, which require the guard.
  systemctl start buildx-guard.service
  systemctl reload buildx-guard.service
  set_mark guard "$mark"
  changed 'metadata guard'
}
