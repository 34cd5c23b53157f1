# What set-up does beyond on a machine of Google Cloud.
# shellcheck shell=bash

# What disks.sh works with. Who uses a baked image may have any number of disks.
install_disk_tools() {
  local -a tools=(e2fsprogs)
  if (($1 > 1)) || is_baking; then tools+=(mdadm); fi
  if (($1 > 0)) || is_baking; then install_missing "${tools[@]}"; fi
}

# A running daemon's data must not be hidden by a mount; at a boot no daemon runs yet.
daemons_run() {
  local level
  for level in $LEVELS; do
    if account_exists "$(account_of "$level")" && systemctl is-active --quiet "user@$(uid_of "$level").service"; then return; fi
  done
  return 1
}

mount_local_disks() {
  local -a disks
  mapfile -t disks < <("$LIBRARY/cloud/disks.sh" list)
  install_disk_tools "${#disks[@]}"
  systemctl enable --quiet buildx-disks.service
  if ((${#disks[@]} == 0)) || mountpoint --quiet "$DATA_DIRECTORY"; then
    unchanged "local SSDs: ${#disks[@]}"
  elif daemons_run; then
    say "attention  the local SSDs will be used after the next boot: daemons now use $DATA_DIRECTORY"
  else
    "$LIBRARY/cloud/disks.sh" mount || exit
    changed "local SSDs: ${#disks[@]}, under $DATA_DIRECTORY"
  fi
}

# After the levels, whose data is there.
leave_cloud() {
  systemctl disable --quiet --now buildx-disks.service 2>/dev/null || true
  if mountpoint --quiet "$DATA_DIRECTORY"; then umount "$DATA_DIRECTORY"; fi
  rm -rf /run/buildx-runners
  rm -f /run/lock/buildx-runners-apply.lock
}

# keep_current UNIT MARK FILE…: enabled, running, and by these files as they are now. A baked image may start an older one.
keep_current() {
  local unit=$1 name=$2 mark
  shift 2
  mark=$(fingerprint "/etc/systemd/system/$unit" "$@")
  if systemctl is-active --quiet "$unit" && ! mark_is "$name" "$mark"; then
    systemctl restart "$unit"
    changed "restarted $unit"
  fi
  enable_unit "$unit"
  set_mark "$name" "$mark"
}

keep_health_answered() {
  if [[ $HEALTH_CHECK != yes ]]; then
    remove_health
    return
  fi
  enable_unit buildx-health-check.timer
  keep_current buildx-health.socket health "$LIBRARY/cloud/health.sh"
}

remove_health() {
  systemctl disable --quiet --now buildx-health.socket buildx-health-check.timer buildx-health-check.service 2>/dev/null || true
  nft delete table inet buildx_health 2>/dev/null || true
  clear_mark health
}

# An image that is being baked gets its units enabled, and none of them started: it is no machine of a fleet yet.
is_baking() { [[ ${BUILDX_RUNNERS_BAKING:-} == yes ]]; }

# On a worker there is nothing to drain: jobs are the manager's, which the cloud tells of machines that go.
run_cloud_units() {
  local -a units=(buildx-sync.service)
  if runs_managers; then units+=(buildx-drain.service); fi
  if [[ $HEALTH_CHECK == yes ]]; then units+=(buildx-health.socket buildx-health-check.timer); fi
  if is_baking; then
    systemctl enable --quiet "${units[@]}"
    return
  fi
  if runs_managers; then
    keep_current buildx-drain.service drain "$LIBRARY"/cloud/{drain,metadata,unregister}.sh "$SHUTDOWN_SECONDS"
  fi
  keep_health_answered
  enable_unit buildx-sync.service
}

# Before anything else is removed: none of these units may restore the rest.
remove_cloud_units() {
  systemctl disable --quiet --now buildx-sync.service buildx-drain.service 2>/dev/null || true
  remove_health
}
