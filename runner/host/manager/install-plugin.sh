#!/bin/bash
# Installs the pinned plugin by which gitlab-runner starts and ends machines of Google Cloud.
set -Eeuo pipefail
# shellcheck source=../scripts/lib.sh
. /usr/local/lib/buildx-runners/lib.sh
# shellcheck source=../scripts/pinned.sh
. "$LIBRARY/pinned.sh"
trap explain_failure ERR

wanted=$(wanted_digest 'the plugin' PLUGIN gcpAutoscaler.plugin) || exit
pinned_binary "${1:-}" "fleeting-plugin-googlecloud $PLUGIN_VERSION" "$LIBRARY/bin/fleeting-plugin-googlecloud" "$wanted" \
  "$PLUGIN_URL/fleeting-plugin-googlecloud-linux-$architecture" \
  "open the way to this address, or set gcpAutoscaler.plugin.url to a mirror"
