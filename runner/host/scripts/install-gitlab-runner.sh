#!/bin/bash
# Installs the pinned gitlab-runner.
set -Eeuo pipefail
# shellcheck source=lib.sh
. /usr/local/lib/buildx-runners/lib.sh
# shellcheck source=pinned.sh
. "$LIBRARY/pinned.sh"
trap explain_failure ERR

architecture=$(dpkg --print-architecture)
case $architecture in
  amd64) wanted=$GITLAB_RUNNER_SHA256_AMD64 ;;
  arm64) wanted=$GITLAB_RUNNER_SHA256_ARM64 ;;
  *) wanted= ;;
esac
[[ -n $wanted ]] || fail "no SHA-256 of gitlab-runner is set for the architecture $architecture" \
  "$LIBRARY/settings.env" "add gitlabRunner.sha256.$architecture"

pinned_binary "${1:-}" "gitlab-runner $GITLAB_RUNNER_VERSION" "$LIBRARY/bin/gitlab-runner" "$wanted" \
  "$GITLAB_RUNNER_URL/$GITLAB_RUNNER_VERSION/binaries/gitlab-runner-linux-$architecture" \
  "open the way to this address, set gitlabRunner.url to a mirror, or 'gitlabRunner: none'"
