#!/bin/bash
# Starts the rootless daemon of the level whose account runs this.
set -Eeuo pipefail
# shellcheck source=lib.sh
. /usr/local/lib/buildx-runners/lib.sh

take_own_level
# Docker's packages put it on the PATH, Debian's and Ubuntu's do not.
start=$(command -v dockerd-rootless.sh || printf /usr/share/docker.io/contrib/dockerd-rootless.sh)

# slirp4netns and not pasta: with it the host's own addresses stay out of the containers' reach, and every packet
# leaves as a process of this account, which is what the metadata guard matches.
export DOCKERD_ROOTLESS_ROOTLESSKIT_NET=slirp4netns
export DOCKERD_ROOTLESS_ROOTLESSKIT_PORT_DRIVER=builtin
export DOCKERD_ROOTLESS_ROOTLESSKIT_DISABLE_HOST_LOOPBACK=true

# A socket that a killed daemon left behind would keep its old access list.
rm -f "$(socket_of "$level")"
exec "$start" --config-file "$LIBRARY/$level/daemon.json" --data-root "$(level_directory "$level")/home/docker" \
  --host "unix://$XDG_RUNTIME_DIR/docker.sock" --host "unix://$(socket_of "$level")"
