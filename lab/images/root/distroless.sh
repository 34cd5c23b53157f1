#!/bin/bash
# Makes an image look like Google's distroless with its debug shell: BusyBox in a directory of its own, no other shell,
# and a user without rights. Runs last, since nothing can be run in there by /bin/sh afterwards.
# mmdebstrap calls it with the directory of the root file system.
set -euo pipefail
root=$1

install -d "$root/busybox"
cp "$root/bin/busybox" "$root/busybox/busybox"
chroot "$root" /busybox/busybox --install -s /busybox
echo 'nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin' >>"$root/etc/passwd"
echo 'nonroot:x:65532:' >>"$root/etc/group"
install -d -m 0700 -o 65532 -g 65532 "$root/home/nonroot"
rm -f "$root"/usr/bin/{sh,dash,bash,rbash,busybox}
