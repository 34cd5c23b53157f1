# Two isolated accounts: a level's account owns its rootless daemon, the manager's account owns the token.
# shellcheck shell=bash

SUBORDINATE_IDS=65536

create_manager_account() {
  if account_exists "$MANAGER_ACCOUNT"; then
    unchanged "account $MANAGER_ACCOUNT"
  else
    touch "$STATE/created-manager-account"
    useradd --system --user-group --home-dir /var/lib/gitlab-runner --no-create-home --shell /usr/sbin/nologin \
      --comment 'GitLab runner manager' "$MANAGER_ACCOUNT"
    changed "created account $MANAGER_ACCOUNT"
  fi
}

# First id from which a range is free in both files, above the ids of people and below those that systemd hands out
# to containers (524288 and up, see systemd's UIDS-GIDS); where the lower part is full, above those (1879048192 and up).
free_subordinate_range() {
  local first
  first=$(awk -F: -v count="$SUBORDINATE_IDS" '
    { start[NR] = $2; end[NR] = $2 + $3 - 1 }
    function free(from,   i) {
      for (i = 1; i <= NR; i++) if (from <= end[i] && from + count - 1 >= start[i]) return 0
      return 1
    }
    END {
      for (from = 100000; from + count <= 524288; from += count) if (free(from)) { print from; exit }
      for (from = 1879048192; from + count <= 2147483648; from += count) if (free(from)) { print from; exit }
    }' /etc/subuid /etc/subgid)
  [[ -n $first ]] || fail 'no free range of subordinate ids is left' '/etc/subuid and /etc/subgid' \
    'remove the ranges of accounts that no longer exist'
  printf '%s' "$first"
}

has_subordinate_ids() {
  local file
  for file in /etc/subuid /etc/subgid; do
    awk -F: -v name="$1" -v count="$SUBORDINATE_IDS" '$1 == name && $3 >= count { found = 1 } END { exit !found }' \
      "$file" || return 1
  done
}

create_level_account() {
  local level=$1 account
  account=$(account_of "$level")
  if account_exists "$account"; then
    unchanged "account $account"
  else
    useradd --system --user-group --home-dir "$(level_directory "$level")/home" --no-create-home \
      --shell /usr/sbin/nologin --comment "Rootless Docker and BuildKit, level $level" "$account"
    changed "created account $account"
  fi
  touch /etc/subuid /etc/subgid
  has_subordinate_ids "$account" || give_subordinate_ids "$account"
  # Removal uses these ids, even if the account was removed by hand.
  awk -F: -v name="$account" -v uid="$(id -u "$account")" '$1 == name { print uid, $2, $2 + $3 - 1 }' /etc/subuid \
    >"$STATE/levels/$level"
}

give_subordinate_ids() {
  local account=$1 first
  sed -i "/^$account:/d" /etc/subuid /etc/subgid
  first=$(free_subordinate_range)
  usermod --add-subuids "$first-$((first + SUBORDINATE_IDS - 1))" \
    --add-subgids "$first-$((first + SUBORDINATE_IDS - 1))" "$account"
  changed "gave $account the subordinate ids $first to $((first + SUBORDINATE_IDS - 1))"
}

# The manager reaches the level's socket, and nothing else in there, through a default ACL that the socket inherits:
# a group would need an account that could also read the manager's files. The directories beside the socket carry no
# such ACL, or every file of every image unpacked there would inherit it.
prepare_level_directory() {
  local level=$1 account directory wanted
  account=$(account_of "$level")
  directory=$(level_directory "$level")
  wanted=$'user::rwx\nuser:'$MANAGER_ACCOUNT$':rw-\ngroup::--x\nmask::rw-\nother::---'
  if [[ $(stat -c '%a %U %G' "$directory" 2>/dev/null) != "710 $account $MANAGER_ACCOUNT" ]]; then
    install -d -m 0710 -o "$account" -g "$MANAGER_ACCOUNT" "$directory"
    changed "directory $directory"
  fi
  if [[ $(getfacl --absolute-names --omit-header --no-effective --default "$directory" | grep .) != "$wanted" ]]; then
    setfacl --remove-default "$directory"
    setfacl --default --modify "u::rwx,g::x,o::-,u:$MANAGER_ACCOUNT:rw,m::rw" "$directory"
    changed "access of $MANAGER_ACCOUNT to sockets in $directory"
  fi
  as_account "$level" test -d "$directory/home/docker" && return
  as_account "$level" mkdir -p "$directory/home"
  as_account "$level" setfacl --remove-all --remove-default "$directory/home"
  as_account "$level" chmod 0700 "$directory/home"
  as_account "$level" mkdir -p "$directory/home/docker"
  changed "home of $account"
}

# Limits of jobs and builds need every controller below the account's own systemd. For this account only: the
# administrators' sessions stay as they are. No daemon may run without the metadata guard.
delegate_cgroups() {
  local level=$1 file wanted
  file=/etc/systemd/system/user@$(uid_of "$level").service.d/buildx-runners.conf
  wanted='[Unit]
Requires=buildx-guard.service
After=buildx-guard.service

[Service]
Delegate=cpu cpuset io memory pids'
  if holds "$file" "$wanted"; then return; fi
  write_file "$file" "$wanted"
  systemctl daemon-reload
  changed "cgroup delegation of $(account_of "$level")"
}

# At a shutdown a level's manager ends first, with its running jobs, and only then the daemon they run on. The account's
# systemd is a unit of its own name, which is known here only; a file apart from the one above, whose change restarts it.
order_manager_and_daemon() {
  local level=$1 file wanted
  file=/etc/systemd/system/user@$(uid_of "$level").service.d/buildx-runners-order.conf
  wanted=$'[Unit]\nBefore='$(manager_unit "$level")
  if holds "$file" "$wanted"; then return; fi
  write_file "$file" "$wanted"
  systemctl daemon-reload
  changed "order of manager and daemon of level $level"
}

prepare_level() {
  create_level_account "$1"
  if [[ $ROLE == worker ]]; then admit_account "$1"; fi
  prepare_level_directory "$1"
  delegate_cgroups "$1"
  if runs_managers; then order_manager_and_daemon "$1"; fi
}
