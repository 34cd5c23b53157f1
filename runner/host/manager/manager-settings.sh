#!/bin/bash
# gitlab-runner reads its configuration again by itself, but not what it says of the autoscaler: only the policies,
# names and tokens. `remember LEVEL` notes at a start what the process starts with, `restart-if-changed LEVEL` starts
# it again where that differs now: it takes no new job, ends after the running ones, and goes on with its machines.
# It needs no signal for the rest: it looks at its file every three seconds.
# https://docs.gitlab.com/runner/configuration/advanced-configuration/#the-runnersautoscaler-section
set -Eeuo pipefail
# shellcheck source=../scripts/lib.sh
. /usr/local/lib/buildx-runners/lib.sh
trap explain_failure ERR

level=${2:?usage: manager-settings.sh remember|restart-if-changed LEVEL}
# Gone after a boot, as the process is.
started=/run/buildx-runners/manager-$level

# The template has marks in place of tokens, so a new token alone restarts nothing.
present() {
  local fixed
  fixed=$(awk '/^\[/ { policy = $0 ~ /^\[\[runners\.autoscaler\.policy\]\]/ } !policy' "$LIBRARY/$level/config.toml")
  fingerprint "$fixed" "$LIBRARY/bin/fleeting-plugin-googlecloud"
}

require_root
case $1 in
  remember)
    write_file "$started" "$(present)"
    ;;
  restart-if-changed)
    unit=$(manager_unit "$level")
    systemctl is-active --quiet "$unit" && [[ -f $started ]] || exit 0
    [[ $(<"$started") != "$(present)" ]] || exit 0
    systemctl restart --no-block "$unit"
    changed "$unit restarts with its new settings as soon as its jobs have ended"
    ;;
  *) fail "unknown argument '$1'" manager-settings.sh 'use remember or restart-if-changed' ;;
esac
