#!/bin/bash
# Installs a binary that is pinned by its SHA-256: `pinned.sh NAME`; with `is-current` it only tells whether it is there.
# The download is compared with the digest before it gets its name, so a file that was tampered with, or cut short,
# is never where it could be run.
set -Eeuo pipefail
# shellcheck source=lib.sh
. /usr/local/lib/buildx-runners/lib.sh
trap explain_failure ERR

name=${1:-}
target=$LIBRARY/bin/$name
architecture=$(dpkg --print-architecture)
case $name in
  gitlab-runner)
    prefix=GITLAB_RUNNER key=gitlabRunner version=$GITLAB_RUNNER_VERSION
    url=$GITLAB_RUNNER_URL/$version/binaries/gitlab-runner-linux-$architecture
    remedy="allow access to this address, set gitlabRunner.url to a mirror, or set 'gitlabRunner: none'"
    ;;
  fleeting-plugin-googlecloud)
    prefix=PLUGIN key=gcpAutoscaler.plugin version=$PLUGIN_VERSION
    url=$PLUGIN_URL/fleeting-plugin-googlecloud-linux-$architecture
    remedy='allow access to this address, or set gcpAutoscaler.plugin.url to a mirror'
    ;;
  *) fail "unknown binary '$name'" pinned.sh 'use gitlab-runner or fleeting-plugin-googlecloud' ;;
esac
setting=${prefix}_SHA256_${architecture^^}
wanted=${!setting:-}
[[ -n $wanted ]] || fail "no SHA-256 of $name is set for the architecture $architecture" \
  "$LIBRARY/settings.env" "add $key.sha256.$architecture"

digest_of() { sha256sum "$1" | cut -d' ' -f1; }

if [[ -x $target && $(digest_of "$target") == "$wanted" ]]; then exit; fi
if [[ ${2:-} == is-current ]]; then exit 1; fi
require_root
mkdir -p "${target%/*}"
download "$url" "$target.download" || {
  rm -f "$target.download"
  fail "$name $version could not be downloaded" "$url" "$remedy"
}
found=$(digest_of "$target.download")
if [[ $found != "$wanted" ]]; then
  rm -f "$target.download"
  fail "$name has SHA-256 $found instead of $wanted and was not installed" "$url" \
    'find out who changed the file; set only a SHA-256 that the publisher announces'
fi
chmod 0755 "$target.download"
mv -f "$target.download" "$target"
