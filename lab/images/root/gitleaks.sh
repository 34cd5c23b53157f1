#!/bin/bash
# Lets Git read a repository that belongs to somebody else, as the real image does.
# mmdebstrap calls it with the directory of the root file system.
set -euo pipefail
root=$1

printf '[safe]\n\tdirectory = *\n' >"$root/root/.gitconfig"
