# How a check is reported: an id that stays the same between versions, a sentence that is true when it passes, the
# outcome, what was found, and what to do.
# shellcheck shell=bash

failures=0
reports=()
SEPARATOR=$'\x1f'

# report OUTCOME ID SENTENCE DETAIL REMEDY, OUTCOME one of pass, fail, warn, skip
report() {
  local detail=${4//[[:cntrl:]]/ }
  reports+=("$1$SEPARATOR$2$SEPARATOR$3$SEPARATOR${detail:0:300}$SEPARATOR$5")
  if [[ $1 == fail ]]; then failures=$((failures + 1)); fi
}

# hold ID SENTENCE REMEDY COMMAND…: passes when the command does; what it prints is the detail either way.
hold() {
  local id=$1 sentence=$2 remedy=$3 detail
  shift 3
  if detail=$("$@" 2>&1); then
    report pass "$id" "$sentence" "$detail" ''
  else
    report fail "$id" "$sentence" "$detail" "$remedy"
  fi
}

# refuse ID SENTENCE REMEDY COMMAND…: passes when the command fails, for what must not be possible.
refuse() { hold "$1" "$2" "$3" fails "${@:4}"; }
fails() { ! "$@"; }

print_text() {
  local entry outcome id sentence detail remedy
  for entry in "${reports[@]}"; do
    IFS=$SEPARATOR read -r outcome id sentence detail remedy <<<"$entry"
    printf '%-5s %-34s %s\n' "$outcome" "$id" "$sentence"
    [[ $outcome == pass || -z $detail ]] || printf '%40s found: %s\n' '' "$detail"
    [[ -z $remedy ]] || printf '%40s do:    %s\n' '' "$remedy"
  done
  if ((failures == 0)); then
    say "buildx-doctor: ${#reports[@]} checks, none failed"
  else
    say "buildx-doctor: ${#reports[@]} checks, $failures failed"
  fi
}

print_json() {
  printf '%s\n' "${reports[@]}" | jq --raw-input --null-input --arg separator "$SEPARATOR" \
    --arg stack "$STACK" --arg fleet "$FLEET" '
    [inputs | split($separator) | {id: .[1], outcome: .[0], sentence: .[2], detail: .[3], remedy: .[4]}] as $checks
    | {stack: $stack, fleet: $fleet, ok: ($checks | all(.outcome != "fail")), checks: $checks}'
}
