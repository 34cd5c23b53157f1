# The computer itself: its certificates, updates and limits, and its record of its levels.
# shellcheck shell=bash

CERTIFICATES=/usr/local/share/ca-certificates

certificates_mark() { find "$CERTIFICATES" -name 'buildx-runners-*.crt' -exec sha256sum {} + | sort | sha256sum | cut -d' ' -f1; }

# Certificates of the company's own authorities, trusted by the whole host.
trust_certificates() {
  local mark
  local -a fresh=()
  mark=$(certificates_mark)
  mark_is certificates "$mark" && return
  # With a set that shrank, the links of the removed ones must go too; that takes as long again.
  [[ -f $STATE/marks/certificates ]] && fresh=(--fresh)
  update-ca-certificates "${fresh[@]}" >/dev/null 2>&1
  set_mark certificates "$mark"
  changed 'certificates trusted by this host'
}

# The distribution's own policy for unattended-upgrades takes security updates only; our file just switches it on.
# Docker's repository stays out of it: an upgrade there restarts nothing but may change behaviour under running jobs.
enable_security_updates() {
  local timer
  for timer in apt-daily.timer apt-daily-upgrade.timer; do
    if systemctl is-enabled --quiet "$timer" && systemctl is-active --quiet "$timer"; then continue; fi
    systemctl enable --quiet --now "$timer"
    changed "security updates: enabled $timer"
  done
}

# restart_changed SERVICE FILE NAME: a service that reads the file of its settings only when it starts.
restart_changed() {
  local mark
  mark=$(fingerprint "$2")
  mark_is "$3" "$mark" && return
  systemctl restart "$1"
  set_mark "$3" "$mark"
  changed "$1 restarted with $2"
}

maintain_the_system() {
  enable_security_updates
  trust_certificates
  systemctl daemon-reload
  restart_changed systemd-journald.service /etc/systemd/journald.conf.d/buildx-runners.conf journal
}

# These records are used to remove a level that the fleet no longer has.
remember_the_levels() {
  local level
  mkdir -p "$STATE/levels"
  chmod 0700 "$STATE"
  for level in "$@"; do touch "$STATE/levels/$level"; done
  runs_daemons || return 0
  write_file "$STATE/data-directory" "$DATA_DIRECTORY"
  [[ -d $DATA_DIRECTORY ]] && return
  install -d -m 0755 "$DATA_DIRECTORY"
  changed "created $DATA_DIRECTORY"
}

enable_unit() {
  if systemctl is-enabled --quiet "$1" 2>/dev/null && systemctl is-active --quiet "$1"; then return; fi
  systemctl enable --quiet --now "$1"
  changed "enabled $1"
}
