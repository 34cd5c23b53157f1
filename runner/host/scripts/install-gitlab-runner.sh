#!/bin/bash
# Installs the pinned gitlab-runner. What was downloaded is held against its SHA-256 before it gets its name, so a
# file that was tampered with, or cut short, is never where it could be run.
set -Eeuo pipefail
# shellcheck source=lib.sh
. /usr/local/lib/buildx-runners/lib.sh
trap explain_failure ERR

binary=$LIBRARY/bin/gitlab-runner
architecture=$(dpkg --print-architecture)
case $architecture in
  amd64) wanted=$GITLAB_RUNNER_SHA256_AMD64 ;;
  arm64) wanted=$GITLAB_RUNNER_SHA256_ARM64 ;;
  *) wanted= ;;
esac
[[ -n $wanted ]] || fail "no SHA-256 of gitlab-runner is set for the architecture $architecture" \
  "$LIBRARY/settings.env" "add gitlabRunner.sha256.$architecture"

digest_of() { sha256sum "$1" | cut -d' ' -f1; }
is_current() { [[ -x $binary && $(digest_of "$binary") == "$wanted" ]]; }

if [[ ${1:-} == is-current ]]; then
  is_current || exit 1
  exit
fi
require_root
is_current && exit
url=$GITLAB_RUNNER_URL/$GITLAB_RUNNER_VERSION/binaries/gitlab-runner-linux-$architecture
mkdir -p "$LIBRARY/bin"
trap 'rm -f "$binary.download"' EXIT
download "$url" "$binary.download" || fail "gitlab-runner $GITLAB_RUNNER_VERSION could not be downloaded" "$url" \
  "open the way to this address, set gitlabRunner.url to a mirror, or 'gitlabRunner: none'"
found=$(digest_of "$binary.download")
[[ $found == "$wanted" ]] || fail "gitlab-runner has SHA-256 $found instead of $wanted and was not installed" "$url" \
  'find out who changed the file; change the pinned SHA-256 only to what the publisher announces'
chmod 0755 "$binary.download"
mv -f "$binary.download" "$binary"
