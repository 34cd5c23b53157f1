#!/bin/bash
# Gives an image the shell and the tools of the real one, which is Alpine's: BusyBox instead of coreutils, so that a
# script which works here only by Debian's tools fails here, too. mmdebstrap calls it with the directory.
set -euo pipefail
root=$1

chroot "$root" /bin/busybox --install -s /usr/local/bin
ln -sf busybox "$root/usr/bin/sh"
