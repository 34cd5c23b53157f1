# What set-up does beyond on a machine of Google Cloud.
# shellcheck shell=bash

# A unit that watches must do so by the present script.
keep_drain_running() {
  local mark
  enable_unit buildx-drain.service
  mark=$(fingerprint /etc/systemd/system/buildx-drain.service "$LIBRARY"/cloud/{drain,metadata,unregister}.sh "$SHUTDOWN_SECONDS")
  mark_is drain "$mark" && return
  # A first mark is that of the unit that was started just now.
  if [[ -f $STATE/marks/drain ]]; then systemctl restart buildx-drain.service; fi
  set_mark drain "$mark"
}

# An image that is being baked gets its units enabled, and none of them started: it is no machine of a fleet yet.
run_cloud_units() {
  if [[ ${BUILDX_RUNNERS_BAKING:-} == yes ]]; then
    systemctl enable --quiet buildx-drain.service buildx-sync.service
    return
  fi
  keep_drain_running
  enable_unit buildx-sync.service
}

# Before anything else goes: none of it may bring the rest back.
remove_cloud_units() {
  systemctl disable --quiet --now buildx-sync.service buildx-drain.service 2>/dev/null || true
}
