#!/bin/bash
# Installs the entrypoint of gitlab-ci-local's helper. mmdebstrap calls it with the directory of the root file system.
set -euo pipefail
root=$1

install -m 0755 "${BASH_SOURCE[0]%/*}/helper-entrypoint.sh" "$root/usr/local/bin/helper-entrypoint"
