#!/bin/bash
# Prints facts about this computer: a line for each fact, name and value separated by a tab. It changes nothing.
# Arguments: the directory for data; then addresses to reach, each NAME=http://HOST:PORT or https://HOST:PORT.
set -euo pipefail
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL=C
library=/usr/local/lib/buildx-runners

tell() { printf '%s\t%s\n' "$1" "${2//[[:cntrl:]]/ }"; }

tell_system() {
  local ID='' VERSION_ID=''
  # shellcheck source=/dev/null
  if [[ -r /etc/os-release ]]; then . /etc/os-release; fi
  tell system "$ID-$VERSION_ID"
  tell architecture "$(dpkg --print-architecture 2>/dev/null || uname -m)"
  if [[ -d /run/systemd/system ]]; then tell systemd yes; else tell systemd no; fi
}

tell_disk() {
  local path=$1 available size inodes total
  until [[ -e $path ]]; do path=${path%/*}; path=${path:-/}; done
  read -r available size inodes total < <(df --block-size=1 --output=avail,size,iavail,itotal "$path" | tail -n 1)
  tell disk.path "$path"
  tell disk.available "$available"
  tell disk.size "$size"
  tell inodes.available "$inodes"
  tell inodes.total "$total"
}

tell_resources() {
  local name value
  while read -r name value _; do
    case $name in
      MemTotal:) tell memory.total "$((value * 1024))" ;;
      MemAvailable:) tell memory.available "$((value * 1024))" ;;
    esac
  done </proc/meminfo
  tell cpus "$(nproc)"
}

tell_setting() {
  if [[ -r $2 ]]; then tell "$1" "$(<"$2")"; fi
}

tell_kernel() {
  tell cgroup "$(stat --file-system --format=%T /sys/fs/cgroup 2>/dev/null || true)"
  tell_setting cgroup.controllers /sys/fs/cgroup/cgroup.controllers
  tell_setting namespaces.max /proc/sys/user/max_user_namespaces
  tell_setting namespaces.clone /proc/sys/kernel/unprivileged_userns_clone
}

tell_installation() {
  local file
  if [[ ! -r $library/settings.env ]]; then
    tell installed no
    return
  fi
  tell installed yes
  for file in "$library"/settings.env "$library"/*/{config.toml,buildkitd.toml,daemon.json}; do
    if [[ -r $file ]]; then tell "file:$file" "$(sha256sum <"$file" | cut -d ' ' -f 1)"; fi
  done
  if [[ -x $library/bin/gitlab-runner ]]; then
    tell gitlab-runner "$("$library/bin/gitlab-runner" --version 2>&1 | sed -n 's/^Version: *//p')"
  fi
}

# Whether a connection is possible; and, for HTTPS, curl's check of the certificate.
reach() {
  local name=$1 address=$2 place host port code=0
  place=${address#*://}
  [[ $place =~ ^[A-Za-z0-9.:-]+$|^\[[0-9a-fA-F:]+\]:[0-9]+$ ]] || return 0
  host=${place%:*}
  port=${place##*:}
  host=${host#\[}
  host=${host%\]}
  if ! timeout 8 bash -c "exec 3<>'/dev/tcp/$host/$port'" 2>/dev/null; then
    tell "reach.$name" no
    return
  fi
  tell "reach.$name" yes
  if [[ $address == https:* ]] && command -v curl >/dev/null; then
    curl --silent --output /dev/null --max-time 10 "$address/" || code=$?
    tell "curl.$name" "$code"
  fi
}

directory=$1
shift
tell_system
tell_disk "$directory"
tell_resources
tell_kernel
tell_installation
for target in "$@"; do reach "${target%%=*}" "${target#*=}" & done
wait
