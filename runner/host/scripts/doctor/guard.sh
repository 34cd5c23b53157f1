# The metadata service is out of the jobs' reach: the rules are there, and they are tried.
# shellcheck shell=bash

refused_packets() {
  nft list chain inet buildx_guard metadata 2>/dev/null |
  awk '{ for (i = 1; i < NF; i++) if ($i == "packets") sum += $(i + 1) } END { print sum + 0 }'
}

knock='timeout 3 bash -c "exec 3<>/dev/tcp/169.254.169.254/80" 2>/dev/null'

# knock_as COMMAND…: passes when the attempt fails and the guard counted it, so that it was the guard that stopped it.
is_stopped() {
  local before after
  before=$(refused_packets)
  if "$@"; then
    say 'the metadata address answered'
    return 1
  fi
  after=$(refused_packets)
  ((${after:-0} > ${before:-0})) || { say 'the guard did not count the attempt'; return 1; }
}

knock_as_account() { as_account "$1" bash -c "$knock"; }

# From the network of the rootless daemon, the way a container's packets go.
knock_from_daemon() {
  local uid pid
  uid=$(uid_of "$1")
  pid=$(<"/run/user/$uid/dockerd-rootless/child_pid")
  as_account "$1" nsenter --target "$pid" --user --preserve-credentials --net bash -c "$knock"
}

check_guard() {
  local level
  hold guard.rules 'the metadata guard is active for every level' "$AGAIN" bash "$LIBRARY/guard.sh" check
  hold guard.boot 'the metadata guard is installed at boot' "$AGAIN" systemctl is-enabled buildx-guard.service
  for level in $LEVELS; do
    account_exists "$(account_of "$level")" || continue
    hold "$level.metadata" "processes of level $level cannot reach the metadata service" "$AGAIN" \
      is_stopped knock_as_account "$level"
    hold "$level.metadata-containers" "containers of level $level cannot reach the metadata service" "$AGAIN" \
      is_stopped knock_from_daemon "$level"
  done
}
