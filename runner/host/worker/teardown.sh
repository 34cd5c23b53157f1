#!/bin/bash
# Shuts the manager out, and leaves the computer as if it had never been a worker.
set -Eeuo pipefail
LIBRARY=/usr/local/lib/buildx-runners
if [[ ! -e $LIBRARY/lib.sh ]]; then
  echo 'buildx-runners: nothing to tear down'
  exit
fi
# shellcheck source=../scripts/lib.sh
. "$LIBRARY/lib.sh"
# shellcheck source=role.sh
. "$LIBRARY/role.sh"
trap explain_failure ERR
require_root

rm -f "$SSH_SETTINGS" "$SSH_PENALTIES"
systemctl try-reload-or-restart ssh.service
if [[ -f $GUEST_AGENT ]]; then sed -i 's/^accounts_daemon = false$/accounts_daemon = true/' "$GUEST_AGENT"; fi
userdel "$KEYS_ACCOUNT" 2>/dev/null || true
exec bash "$LIBRARY/teardown-host.sh"
