#!/bin/bash
# Makes the directories that the real image has. mmdebstrap calls it with the directory of the root file system.
set -euo pipefail
root=$1

install -d "$root/config" "$root/data"
