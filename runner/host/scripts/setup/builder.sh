# The level's BuildKit builder: a container with a state volume, made by builder.sh as the level's account.
# shellcheck shell=bash

# Unpacking an image keeps one core busy, so each level does it while the next one's daemon starts. It is tried again,
# and a failure told, when the builder is made.
fetch_builder_image() { as_account "$1" "$LIBRARY/builder.sh" fetch >/dev/null 2>&1; }

run_builder() {
  local level=$1 answer
  as_account "$level" "$LIBRARY/builder.sh" is-current && answer=current || answer=differs
  if [[ $answer == differs ]]; then
    drain_manager "$level"
    as_account "$level" "$LIBRARY/builder.sh" ensure || exit
    changed "builder of level $level"
  else
    unchanged "builder of level $level"
  fi
  # What the timer's last run met is history once the builder is right.
  systemctl reset-failed "buildx-builder@$level.service" 2>/dev/null || true
  enable_unit "buildx-builder@$level.timer"
}
