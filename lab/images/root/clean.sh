#!/bin/bash
# Finishes the root file system of every image. mmdebstrap calls it with its directory.
set -euo pipefail
root=$1

# Behind a proxy that opens TLS, this computer trusts more authorities than Debian does; so must builds in here.
if [[ -x "$root/usr/sbin/update-ca-certificates" ]]; then
  shopt -s nullglob
  for certificate in /usr/local/share/ca-certificates/*.crt; do
    install -m 0644 "$certificate" "$root/usr/local/share/ca-certificates/"
  done
  chroot "$root" update-ca-certificates >/dev/null
fi

# The container's own are mounted in their place.
rm -f "$root/etc/hostname" "$root/etc/resolv.conf"
rm -rf "$root"/var/log/* "$root"/var/cache/debconf/*-old
