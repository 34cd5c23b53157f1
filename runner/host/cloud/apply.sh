# The machine's set-up: one shell text in an instance attribute, applied where it is not the one applied last.
# shellcheck shell=bash

# The digest of the text that was applied last.
APPLIED=$MEMORY/applied
# Whether the last call of apply_setup found anything to do.
applied_anew=no
was_applied_anew() { [[ $applied_anew == yes ]]; }

# apply_setup SECONDS: returns 1, and says why, when there is no text, or it failed, or took longer than this.
apply_setup() {
  local text=$RUN/setup.sh digest status=0
  applied_anew=no
  mkdir -p "$RUN" /run/lock
  if ! metadata instance/attributes/buildx-runners-setup --output "$text.new" 2>"$RUN/setup.error"; then
    because_attribute buildx-runners-setup "$RUN/setup.error"
    return
  fi
  mv -f "$text.new" "$text"
  digest=$(sha256sum <"$text" | cut -d' ' -f1)
  # At boot the startup script and buildx-sync.service may both come here.
  exec 7>/run/lock/buildx-runners-apply.lock
  if ! flock -w "$1" 7; then
    because 'another set-up has been at work for too long; look at: fuser -v /run/lock/buildx-runners-apply.lock'
    return
  fi
  if [[ -f $APPLIED && $(<"$APPLIED") == "$digest" ]]; then
    exec 7>&-
    return 0
  fi
  if run_setup "$1" "$text"; then
    remember_applied "$digest"
    applied_anew=yes
  else
    status=1
  fi
  exec 7>&-
  return "$status"
}

run_setup() {
  local code=0
  timeout --kill-after=30 "$1" bash "$2" </dev/null 7>&- 2>&1 | tee "$RUN/setup.log" || code=${PIPESTATUS[0]}
  ((code == 0)) && return
  case $code in
    124 | 137) because "set-up took longer than $1 seconds and was stopped; its last words: $(tail -n 1 "$RUN/setup.log")" ;;
    *) because "set-up: $(last_complaint "$RUN/setup.log")" ;;
  esac
}

# What a script of ours said last when it gave up: what happened, where, what to do.
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
