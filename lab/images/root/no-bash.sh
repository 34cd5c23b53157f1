#!/bin/bash
# Takes bash out of an image that has BusyBox as its shell. mmdebstrap calls it with the directory.
set -euo pipefail
root=$1

# Nobody logs in to a container; without bash the account would name a shell that is not there.
sed -i 's#:/bin/bash$#:/bin/sh#' "$root/etc/passwd"
rm -f "$root/usr/bin/bash" "$root/usr/bin/rbash"
