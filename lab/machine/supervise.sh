#!/bin/bash
# Keeps a systemd-nspawn machine: boots it, and boots it again when it asks for that, until it powers off.
#
#   supervise.sh NAME systemd-nspawn ARGUMENT...
#
# NAME is the machine's network namespace, and the name of its cgroup. SIGTERM powers the machine off.
set -euo pipefail
name=$1
shift
# systemd-nspawn --keep-unit ends with this to ask for a reboot.
readonly reboot_requested=133

# Two machines in one cgroup would each take the other's services for their own.
enter_cgroup() {
  local hierarchy
  for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/unified /sys/fs/cgroup/systemd; do
    if [[ -e $hierarchy/cgroup.procs ]]; then
      mkdir -p "$hierarchy/$name"
      echo "$BASHPID" >"$hierarchy/$name/cgroup.procs"
    fi
  done
}

boot() {
  if [[ -d /run/systemd/system ]]; then
    exec systemd-run --quiet --scope --collect --unit="$name-$BASHPID" --property=Delegate=yes "$@"
  fi
  enter_cgroup
  exec "$@"
}

machine=
stop() {
  if [[ -n $machine ]]; then kill -TERM "$machine" 2>/dev/null || true; fi
}
trap stop TERM

while true; do
  boot "$@" </dev/null &
  machine=$!
  code=0
  wait "$machine" || code=$?
  # A trapped signal ends the wait, not the machine.
  while kill -0 "$machine" 2>/dev/null; do
    code=0
    wait "$machine" || code=$?
  done
  if ((code != reboot_requested)); then exit "$code"; fi
  # A real machine's firewall is gone when it reboots; the namespace would keep it.
  ip netns exec "$name" nft flush ruleset
done
