# The two accounts and their isolation.
# shellcheck shell=bash

# On a worker it has a shell, for the commands of the manager.
account_is_alone() {
  local account=$1 groups shell
  groups=$(id -Gn "$account")
  [[ $groups == "$account" ]] || { say "it is in the groups $groups"; return 1; }
  [[ $(getent shadow "$account" | cut -d: -f2) =~ ^[!*] ]] || { say 'it has a password'; return 1; }
  shell=$(getent passwd "$account" | cut -d: -f7)
  if [[ $ROLE == worker ]]; then [[ $shell == /bin/sh ]]; else [[ $shell == */nologin ]]; fi
}

may_use_sudo() {
  local answer
  command -v sudo >/dev/null || return 1
  answer=$(sudo -n -l -U "$1" 2>&1) || true
  [[ $answer != *'not allowed to run sudo'* ]] && say "$answer"
}

# 65,536 ids in each file, and no other account has any of them.
subordinate_ids_are_its_own() {
  local file
  for file in /etc/subuid /etc/subgid; do
    awk -F: -v name="$1" -v file="$file" '
      $1 == name { first = $2; last = $2 + $3 - 1; count = $3 }
      { who[NR] = $1; from[NR] = $2; to[NR] = $2 + $3 - 1 }
      END {
        if (count < 65536) { print "only " count + 0 " ids in " file; exit 1 }
        for (i = 1; i <= NR; i++) if (who[i] != name && from[i] <= last && to[i] >= first) {
          print who[i] " has some of the same ids in " file; exit 1
        }
      }' "$file" || return 1
  done
}

check_account() {
  local level=$1 account uid
  account=$(account_of "$level")
  if ! account_exists "$account"; then
    report fail "$level.account" "the account $account exists" '' "$AGAIN"
    return
  fi
  uid=$(id -u "$account")
  hold "$level.account" "the account $account has no password, no login and no other group" "$AGAIN" \
    account_is_alone "$account"
  refuse "$level.sudo" "$account may not use sudo" "remove it from the rules in /etc/sudoers.d" may_use_sudo "$account"
  hold "$level.subordinate-ids" "no other account shares the 65,536 subordinate ids of $account" "$AGAIN" \
    subordinate_ids_are_its_own "$account"
  hold "$level.linger" "$account runs without a login session" "$AGAIN" test -e "/var/lib/systemd/linger/$account"
  hold "$level.user-manager" "the systemd of $account runs" "run: systemctl status user@$uid.service" \
    systemctl is-active "user@$uid.service"
}

directory_is_closed() {
  local found
  found=$(stat -c '%a %U %G' "$(level_directory "$1")")
  [[ $found == "710 $(account_of "$1") $MANAGER_ACCOUNT" ]] || { say "$found"; return 1; }
}

# reach LEVEL COMMAND…: as the level's account.
reach_token() { as_account "$1" cat /etc/gitlab-runner/*/config.toml "/etc/gitlab-runner/$1/config.toml"; }
reach_other_level() {
  local other=protected
  [[ $1 == protected ]] && other=open
  as_account "$1" ls "$(level_directory "$other")" "$(level_directory "$other")/home" ||
    as_account "$1" docker -H "unix://$(socket_of "$other")" version
}
reach_state() { as_account "$1" ls "$STATE"; }

check_wall() {
  local level=$1
  account_exists "$(account_of "$level")" || return 0
  hold "$level.directory" "the directory of level $level is closed to others" "$AGAIN" directory_is_closed "$level"
  refuse "$level.token" "$(account_of "$level") cannot read a runner token" "$AGAIN" reach_token "$level"
  refuse "$level.state" "$(account_of "$level") cannot read set-up's records" "$AGAIN" reach_state "$level"
  if [[ $LEVELS == *' '* ]]; then
    refuse "$level.other-level" "$(account_of "$level") cannot reach the other level's data or daemon" "$AGAIN" \
      reach_other_level "$level"
  fi
}
