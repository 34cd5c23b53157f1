#!/bin/bash
# Gives the managers their tokens: one line "name<TAB>token" for each runner on standard input. With --remove, the
# managers end their running jobs, stop, and delete their tokens; with --remove STACK/FLEET only if the computer is
# still a host of theirs.
#
# A token is only ever in a pipe, in this process's memory, and in config.toml, which the manager's account alone can
# read. Never in an argument, which every account can see, nor in a temporary file.
set -Eeuo pipefail
# shellcheck source=lib.sh
. /usr/local/lib/buildx-runners/lib.sh
# shellcheck source=owner.sh
. "$LIBRARY/owner.sh"
# shellcheck source=setup/manager.sh
. "$LIBRARY/setup/manager.sh"
# The failed command is not printed: its words could hold a token.
trap 'printf "buildx-runners: registration failed at line %s of register.sh\n" "$LINENO" >&2' ERR

configuration_of() { printf '/etc/gitlab-runner/%s/config.toml' "$1"; }

# The manager of the shell executor starts jobs as another account and is root for that.
owner_of_configuration() { if [[ $EXECUTOR == shell ]]; then printf root; else printf '%s' "$MANAGER_ACCOUNT"; fi; }

remove() {
  local level unit
  for level in open protected; do
    [[ -e /etc/gitlab-runner/$level ]] || registered "$level" || continue
    unit=$(manager_unit "$level")
    drain_manager "$level"
    systemctl disable --quiet "$unit" 2>/dev/null || true
    rm -rf "/etc/gitlab-runner/$level" "$STATE/registered/$level" "$STATE/tokens/$level"
    clear_mark "manager-$level"
    changed "level $level is no longer registered"
  done
  if ((changes == 0)); then say 'buildx-runners: nothing was registered'; fi
}

declare -A token_of=() class_name=()

read_tokens() {
  local name token rest
  while IFS=$'\t' read -r name token rest || [[ -n $name ]]; do
    [[ -n $name ]] || continue
    [[ -n $token && -z $rest ]] || fail 'a line of standard input is not "name<TAB>token"' register.sh \
      'send one line for each runner'
    cut -f3 "$LIBRARY/runners.tsv" | grep -xF -- "$name" >/dev/null || fail "this host has no runner called '$name'" "$LIBRARY/runners.tsv" \
      'run set-up with the current configuration, then register'
    # Anything else could end the quoted string in config.toml.
    [[ $token =~ ^[A-Za-z0-9._=-]{8,255}$ ]] || fail "the token of '$name' does not look like a runner token" \
      'standard input' 'use the runner authentication token (glrt-…), which GitLab shows once, when the runner is created'
    token_of[$name]=$token
  done
}

# Tells whether a token is the one that was given last time, without keeping it: a salted digest, for root only.
given_before() {
  local file=$STATE/tokens/$1/$2 salt digest
  [[ -f $file ]] || return 1
  read -r salt digest <"$file"
  [[ $(printf '%s%s' "$salt" "$3" | sha256sum | cut -d' ' -f1) == "$digest" ]]
}

remember_given() {
  local file=$STATE/tokens/$1/$2 salt
  (umask 077 && mkdir -p "${file%/*}")
  salt=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  (umask 077 && printf '%s %s\n' "$salt" "$(printf '%s%s' "$salt" "$3" | sha256sum | cut -d' ' -f1)" >"$file")
}

# The lines token, token_obtained_at and token_expires_at of one runner in the manager's file. Where GitLab lets
# tokens expire, the manager renews them by itself and writes the new one there: ours is stale from then on.
present_token_lines() {
  local file=$1 name=$2
  [[ -f $file ]] || return 0
  awk -v name="$name" '
    function flush() { if (found) printf "%s", lines; found = 0; lines = "" }
    /^[ \t]*\[/ { if ($0 ~ /^[ \t]*\[\[runners\]\]/) { flush(); inside = 1 } else inside = 0 }
    inside && /^[ \t]*name[ \t]*=/ { value = $0; sub(/^[^=]*=[ \t]*"/, "", value); sub(/"[ \t]*$/, "", value); if (value == name) found = 1 }
    inside && /^[ \t]*token(_[a-z_]+)?[ \t]*=/ { line = $0; sub(/^[ \t]+/, "", line); lines = lines line "\n" }
    END { flush() }' "$file"
}

# The template with tokens in place of its marks, to standard output.
configuration() {
  local level=$1 line class name kept
  while IFS= read -r line; do
    if [[ $line =~ ^token\ =\ \"@(socket|plain)@\"$ ]]; then
      class=${BASH_REMATCH[1]}
      name=${class_name[$level/$class]}
      kept=
      given_before "$level" "$class" "${token_of[$name]}" && kept=$(present_token_lines "$(configuration_of "$level")" "$name")
      if [[ -n $kept ]]; then printf '%s\n' "$kept"; else printf 'token = "%s"\n' "${token_of[$name]}"; fi
    else
      printf '%s\n' "$line"
    fi
  done <"$LIBRARY/$level/config.toml"
}

is_registered_with_these() {
  local level=$1 class
  [[ -f $(configuration_of "$level") && -f $STATE/registered/$level ]] || return 1
  [[ $(<"$STATE/registered/$level") == "$(fingerprint "$LIBRARY/$level/config.toml" "$(owner_of_configuration)")" ]] || return 1
  for class in socket plain; do
    [[ -n ${class_name[$level/$class]:-} ]] || continue
    given_before "$level" "$class" "${token_of[${class_name[$level/$class]}]}" || return 1
  done
}

write_configuration() {
  local level=$1 owner directory
  owner=$(owner_of_configuration)
  directory=/etc/gitlab-runner/$level
  install -d -m 0711 /etc/gitlab-runner
  install -d -m 0700 -o "$owner" -g "$owner" "$directory"
  # The directory is the manager's: it writes there, not root.
  configuration "$level" | runuser -u "$owner" -- "$LIBRARY/write-private.sh" "$(configuration_of "$level")"
}

register_level() {
  local level=$1 class
  if is_registered_with_these "$level"; then
    unchanged "registration of level $level"
  else
    write_configuration "$level"
    for class in socket plain; do
      [[ -n ${class_name[$level/$class]:-} ]] || continue
      remember_given "$level" "$class" "${token_of[${class_name[$level/$class]}]}"
    done
    mkdir -p "$STATE/registered"
    fingerprint "$LIBRARY/$level/config.toml" "$(owner_of_configuration)" >"$STATE/registered/$level"
    changed "registration of level $level"
    if systemctl is-active --quiet "$(manager_unit "$level")"; then systemctl reload "$(manager_unit "$level")"; fi
  fi
  keep_manager_running "$level"
}

require_root
only_one_at_a_time
if [[ ${1:-} == --remove ]]; then
  if [[ -n ${2:-} ]] && belongs_to_another "$2"; then
    say "buildx-runners: this computer is a host of $(owner_of_host) now: its tokens were not removed"
    exit
  fi
  remove </dev/null
  exit
fi
read_tokens
while IFS=$'\t' read -r level class name; do
  class_name[$level/$class]=$name
  [[ -n ${token_of[$name]:-} ]] || fail "no token was given for the runner '$name'" 'standard input' \
    'send the tokens of all runners of this host at once'
done <"$LIBRARY/runners.tsv"
for level in $LEVELS; do register_level "$level" </dev/null; done
[[ -x $LIBRARY/bin/gitlab-runner ]] ||
  say 'attention  there is no gitlab-runner binary on this host (gitlabRunner: none), so it takes no jobs yet'
if ((changes == 0)); then
  say 'buildx-runners: registered, nothing changed'
else
  say "buildx-runners: registered, $changes changes"
fi
