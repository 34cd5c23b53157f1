# The machine's set-up: one shell text in an instance attribute, applied where it is not the one applied last.
# shellcheck shell=bash

# The digest of the text that was applied last.
APPLIED=$MEMORY/applied
# Whether the last call of apply_setup found anything to do.
applied_anew=no
was_applied_anew() { [[ $applied_anew == yes ]]; }

# apply_setup SECONDS: returns 1, and says why, when there is no text, or it failed, or took longer than this. At boot the
# startup script and buildx-sync.service may both come here, and one of them waits.
apply_setup() {
  local status=0
  applied_anew=no
  mkdir -p "$RUN" /run/lock
  exec 7>/run/lock/buildx-runners-apply.lock
  if ! flock -w "$1" 7; then
    because 'another set-up has held the lock for too long; run: fuser -v /run/lock/buildx-runners-apply.lock'
    return
  fi
  fetch_setup && apply_text "$1" || status=1
  exec 7>&-
  return "$status"
}

fetch_setup() {
  metadata instance/attributes/buildx-runners-setup --output "$RUN/setup.new" 2>"$RUN/setup.error" ||
    because_attribute buildx-runners-setup "$RUN/setup.error" || return
  mv -f "$RUN/setup.new" "$RUN/setup.sh"
}

apply_text() {
  local digest
  digest=$(sha256sum <"$RUN/setup.sh" | cut -d' ' -f1)
  [[ ! -f $APPLIED || $(<"$APPLIED") != "$digest" ]] || return 0
  run_setup "$1" "$RUN/setup.sh" || return
  remember_applied "$digest"
  applied_anew=yes
}

run_setup() {
  local code=0
  timeout --kill-after=30 "$1" bash "$2" </dev/null 7>&- 2>&1 | tee "$RUN/setup.log" || code=${PIPESTATUS[0]}
  ((code == 0)) && return
  case $code in
    124 | 137) because "set-up took longer than $1 seconds and was stopped; its last line: $(tail -n 1 "$RUN/setup.log")" ;;
    *) because "set-up: $(last_complaint "$RUN/setup.log")" ;;
  esac
}

# The last error message of one of our scripts: what happened, where, what to do.
last_complaint() {
  awk '
    /^buildx-runners: / { text = substr($0, 17); at = NR }
    /^  (where|what to do): / && at && NR <= at + 2 { sub(/^ +/, ""); sub(/: +/, ": "); text = text "; " $0 }
    { last = $0 }
    END { print at ? text : last }' "$1"
}

remember_applied() {
  mkdir -p "$MEMORY"
  printf '%s\n' "$1" >"$APPLIED.new"
  mv -f "$APPLIED.new" "$APPLIED"
}
