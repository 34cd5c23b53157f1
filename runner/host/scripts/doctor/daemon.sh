# The level's rootless daemon, its builder, and what keeps both clean.
# shellcheck shell=bash

daemon_is_rootless() {
  local options
  options=$(as_account "$1" docker info --format '{{.ServerVersion}} {{.SecurityOptions}}') || { say "$options"; return 1; }
  say "$options"
  [[ $options == *rootless* ]]
}

manager_reaches_daemon() {
  runuser -u "$MANAGER_ACCOUNT" -- docker -H "unix://$(socket_of "$1")" version --format '{{.Server.Version}}'
}

# What is not offered to this computer cannot be delegated on it.
check_delegation() {
  local level=$1 uid controller
  local -a missing=() absent=()
  uid=$(uid_of "$level")
  local group=/sys/fs/cgroup/user.slice/user-$uid.slice/user@$uid.service/cgroup.controllers
  for controller in cpu cpuset io memory pids; do
    if [[ ! -e /sys/fs/cgroup/cgroup.controllers || " $(</sys/fs/cgroup/cgroup.controllers) " != *" $controller "* ]]; then
      absent+=("$controller")
    elif [[ ! -e $group || " $(<"$group") " != *" $controller "* ]]; then
      missing+=("$controller")
    fi
  done
  if ((${#missing[@]})); then
    report fail "$level.limits" "limits of jobs are enforced in level $level" "not delegated: ${missing[*]}" "$AGAIN"
  elif ((${#absent[@]})); then
    report warn "$level.limits" "limits of jobs are enforced in level $level" \
      "this computer does not offer ${absent[*]} in cgroup v2" \
      'boot it with the unified cgroup hierarchy (systemd.unified_cgroup_hierarchy=1); until then limits do nothing'
  else
    report pass "$level.limits" "limits of jobs are enforced in level $level" '' ''
  fi
}

check_daemon() {
  local level=$1
  account_exists "$(account_of "$level")" || return 0
  hold "$level.daemon" "the Docker daemon of level $level runs, rootless" \
    "run: journalctl _UID=$(uid_of "$level") --lines=50" daemon_is_rootless "$level"
  hold "$level.socket" "the manager reaches the daemon of level $level" "$AGAIN" manager_reaches_daemon "$level"
  check_delegation "$level"
}

builder_is_current() { as_account "$1" "$LIBRARY/builder.sh" is-current; }

# Two policies at least: what can be fetched again, and everything.
builder_collects_garbage() {
  local workers
  workers=$(as_account "$1" docker exec "$BUILDER_CONTAINER" buildctl debug workers --verbose) || return 1
  [[ $workers == *'GC Policy rule#1'* ]]
}

builder_keeps_state() {
  as_account "$1" docker inspect --format '{{range .Mounts}}{{.Name}}{{end}} {{.HostConfig.RestartPolicy.Name}}' \
    "$BUILDER_CONTAINER" | grep -xF "${BUILDER_CONTAINER}_state always"
}

# A whole build, from the client through the builder, that needs no image and leaves none.
builder_builds() {
  printf 'FROM scratch\nLABEL doctor=%s\n' "$EPOCHSECONDS" |
    as_account "$1" docker buildx build --builder buildx-runners --quiet --output type=cacheonly -
}

check_builder() {
  local level=$1
  account_exists "$(account_of "$level")" || return 0
  hold "$level.builder" "the builder of level $level runs with the present configuration" \
    "run: systemctl status buildx-builder@$level.service" builder_is_current "$level"
  hold "$level.builder-state" "the builder of level $level keeps its cache and starts with the daemon" "$AGAIN" \
    builder_keeps_state "$level"
  hold "$level.builder-collection" "the builder of level $level limits its cache" "$AGAIN" builder_collects_garbage "$level"
  hold "$level.builder-builds" "the builder of level $level can build an image" \
    "run: docker -H unix://$(socket_of "$level") logs $BUILDER_CONTAINER" builder_builds "$level"
}

check_housekeeping() {
  local level=$1 unit
  for unit in buildx-builder buildx-housekeeping; do
    hold "$level.${unit#buildx-}-timer" "the timer $unit of level $level runs" "$AGAIN" \
      systemctl is-active "$unit@$level.timer"
    refuse "$level.${unit#buildx-}-result" "the last run of $unit of level $level succeeded" \
      "run: journalctl -u $unit@$level.service" systemctl is-failed "$unit@$level.service"
  done
}
