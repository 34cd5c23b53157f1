#!/bin/bash
# Lets GNU wget stand before BusyBox's: Alpine's BusyBox verifies certificates, Debian's does not.
# mmdebstrap calls it with the directory of the root file system.
set -euo pipefail
root=$1

rm "$root/usr/local/bin/wget"
chroot "$root" wget --version >/dev/null
