# Starts levels, and removes them from this host: when the fleet no longer has one, and when the host is torn down.
# shellcheck shell=bash

# Each step for all levels, so that one level's image comes while the next one's daemon starts.
run_levels() {
  local level
  for level in "$@"; do start_user_manager "$level"; done
  for level in "$@"; do
    run_daemon "$level"
    fetch_builder_image "$level" &
  done
  wait
  for level in "$@"; do
    run_builder "$level"
    enable_unit "buildx-housekeeping@$level.timer"
  done
}

remove_forsaken_levels() {
  local level
  for level in open protected; do
    [[ -e $STATE/levels/$level && " $LEVELS " != *" $level "* ]] || continue
    remove_level "$level"
    changed "removed level $level, which this fleet no longer has"
  done
}

# Every step is independent of the others: an earlier run may have removed a part.
remove_level() {
  local level=$1 account uid='' first='' last='' unit
  account=$(account_of "$level")
  drain_manager "$level"
  for unit in "$(manager_unit "$level")" "buildx-builder@$level.timer" "buildx-builder@$level.service" \
    "buildx-housekeeping@$level.timer" "buildx-housekeeping@$level.service"; do
    systemctl disable --quiet --now "$unit" 2>/dev/null || true
    systemctl reset-failed "$unit" 2>/dev/null || true
  done
  rm -rf "/etc/gitlab-runner/$level" "$STATE/registered/$level" "$STATE/tokens/$level"
  [[ -s $STATE/levels/$level ]] && read -r uid first last <"$STATE/levels/$level"
  if [[ -n $uid ]]; then
    loginctl disable-linger "$account" 2>/dev/null || true
    systemctl stop "user@$uid.service" "user-$uid.slice" 2>/dev/null || true
    end_processes_of "$uid" "$first" "$last"
    rm -rf "/etc/systemd/system/user@$uid.service.d"
  fi
  account_exists "$account" && { userdel "$account" 2>/dev/null || true; }
  sed -i "/^$account:/d" /etc/subuid /etc/subgid 2>/dev/null || true
  rm -f "/var/lib/systemd/linger/$account"
  remove_data "$level"
  rm -f "$STATE/levels/$level" "$STATE"/marks/*-"$level"
  systemctl daemon-reload
}

# Processes of containers run under subordinate ids, which pkill does not know by the account's name.
end_processes_of() {
  local uid=$1 first=$2 last=$3 pid owner
  for pid in /proc/[0-9]*; do
    owner=$(stat -c %u "$pid" 2>/dev/null) || continue
    if ((owner == uid || (owner >= first && owner <= last))); then
      kill -KILL "${pid#/proc/}" 2>/dev/null || true
    fi
  done
}

# rm crosses no symbolic link, and --one-file-system no mount that a daemon may have left.
remove_data() {
  local directory
  directory=$(level_directory "$1")
  [[ -d $directory ]] || return 0
  findmnt --raw --noheadings --output TARGET | awk -v under="$directory/" 'index($0, under) == 1' | sort -r |
    while read -r mounted; do umount --lazy "$mounted" || true; done
  rm -rf --one-file-system "$directory"
}
