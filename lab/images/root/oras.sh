#!/bin/bash
# Makes the directory in which the real image starts. mmdebstrap calls it with the directory of the root file system.
set -euo pipefail
root=$1

install -d "$root/workspace"
