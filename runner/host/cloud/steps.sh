# What set-up does beyond on a machine of Google Cloud.
# shellcheck shell=bash

# An image that is being baked gets its units enabled, and none of them started: it is no machine of a fleet yet.
run_cloud_units() {
  local unit
  local -a units=(buildx-sync.service)
  for unit in "${units[@]}"; do
    if [[ ${BUILDX_RUNNERS_BAKING:-} == yes ]]; then systemctl enable --quiet "$unit"; else enable_unit "$unit"; fi
  done
}

# Before anything else goes: none of it may bring the rest back.
remove_cloud_units() {
  systemctl disable --quiet --now buildx-sync.service 2>/dev/null || true
}
