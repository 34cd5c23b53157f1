#!/bin/bash
# Gives an image the shell and the tools of the real one, which is Alpine's: BusyBox instead of bash and coreutils, so
# that a script which works here only by Debian's tools fails here, too. mmdebstrap calls it with the directory.
set -euo pipefail
root=$1

chroot "$root" /bin/busybox --install -s /usr/local/bin
ln -sf busybox "$root/usr/bin/sh"
# Nobody logs in to a container; without bash the account would name a shell that is not there.
sed -i 's#:/bin/bash$#:/bin/sh#' "$root/etc/passwd"
rm -f "$root/usr/bin/bash" "$root/usr/bin/rbash"
