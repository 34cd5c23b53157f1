#!/bin/bash
# Installs the pinned gitlab-runner.
set -Eeuo pipefail
# shellcheck source=lib.sh
. /usr/local/lib/buildx-runners/lib.sh
# shellcheck source=pinned.sh
. "$LIBRARY/pinned.sh"
trap explain_failure ERR

wanted=$(wanted_digest gitlab-runner GITLAB_RUNNER gitlabRunner) || exit
pinned_binary "${1:-}" "gitlab-runner $GITLAB_RUNNER_VERSION" "$LIBRARY/bin/gitlab-runner" "$wanted" \
  "$GITLAB_RUNNER_URL/$GITLAB_RUNNER_VERSION/binaries/gitlab-runner-linux-$architecture" \
  "open the way to this address, set gitlabRunner.url to a mirror, or 'gitlabRunner: none'"
