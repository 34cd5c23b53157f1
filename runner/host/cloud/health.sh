#!/bin/bash
# Whether this machine is in good health, for Google's health check, which makes an unhealthy machine anew. `check` asks
# doctor and notes the outcome; `guard` lets only Google's probes reach the answer.
# https://cloud.google.com/compute/docs/instance-groups/autohealing-instances-in-migs
set -Eeuo pipefail
# shellcheck source=../scripts/lib.sh
. /usr/local/lib/buildx-runners/lib.sh
# shellcheck source=metadata.sh
. "$LIBRARY/cloud/metadata.sh"
trap explain_failure ERR

# A new machine costs the jobs of the old one, so what is wrong must be wrong for longer than this.
SECOND_LOOK=15

# note WORDS…: when this machine was looked at, in seconds since its boot, and what was found.
note() {
  local now
  now=$(cut -d. -f1 /proc/uptime)
  mkdir -p "$RUN"
  printf '%s %s\n' "$now" "$*" >"$RUN/health.new"
  mv -f "$RUN/health.new" "$RUN/health"
}

# Services stop and start while set-up is at work, which waits for the running jobs.
set_up_is_at_work() { ! flock --nonblock --conflict-exit-code 1 "$LOCK" true; }
was_well() { [[ -f $RUN/health && $(<"$RUN/health") == *' ok' ]]; }

# The ids of the checks that fail; nothing where all is well. Without an answer there is no news.
complaints() {
  local report
  report=$(timeout 300 nice buildx-doctor --json 2>"$RUN/doctor.error") || [[ -n $report ]] || return 2
  printf '%s' "$report" | jq --raw-output '[.checks[] | select(.outcome == "fail") | .id] | join(" ")'
}

check() {
  local found
  [[ ! -e $RUN/draining ]] || return 0
  if set_up_is_at_work; then
    if was_well; then note ok; fi
    return 0
  fi
  found=$(complaints)
  if [[ -n $found ]] && was_well; then
    sleep "$SECOND_LOOK"
    if set_up_is_at_work; then return 0; fi
    found=$(complaints)
  fi
  if [[ -z $found ]]; then
    note ok
  else
    say "unhealthy: $found; run buildx-doctor to see what to do"
    note failed "$found"
  fi
}

# On the machine, only root may ask: jobs of the shell executor and the levels' daemons run under other accounts.
rules() {
  cat <<'RULES'
table inet buildx_health {
  chain input {
    type filter hook input priority filter; policy accept;
    tcp dport != 8093 accept
    iif lo accept
    ip saddr { 35.191.0.0/16, 130.211.0.0/22 } accept
    tcp dport 8093 drop
  }
  chain output {
    type filter hook output priority filter; policy accept;
    oif lo tcp dport 8093 meta skuid != 0 reject with tcp reset
  }
}
RULES
}

guard() { { printf 'table inet buildx_health\ndelete table inet buildx_health\n' && rules; } | nft --file -; }

require_root
case ${1:-} in
  check | guard) "$1" ;;
  *) fail "unknown argument '${1:-}'" health.sh 'use check or guard' ;;
esac
