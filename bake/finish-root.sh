#!/bin/bash
# Makes what mmdebstrap unpacked a machine of Google Cloud: mmdebstrap calls it with the directory of the root file
# system, after the files of system/ were copied there.
set -euo pipefail
root=$1

units=(ssh systemd-networkd systemd-resolved systemd-timesyncd google-guest-agent google-startup-scripts
  google-shutdown-scripts buildx-image-hostname)
for unit in "${units[@]}"; do systemctl --quiet --root="$root" enable "$unit.service"; done
chmod 0755 "$root/usr/local/lib/buildx-image/hostname.sh"
install -d -m 0755 "$root/boot/efi"

# For set-up to come in by, over SSH; the clean-up takes it out again.
chroot "$root" useradd --create-home --shell /bin/bash --comment Administrator admin
install -d -m 0700 "$root/home/admin/.ssh"
chroot "$root" chown admin:admin /home/admin/.ssh
printf 'admin ALL=(ALL) NOPASSWD:ALL\n' >"$root/etc/sudoers.d/90-admin"
chmod 0440 "$root/etc/sudoers.d/90-admin"
rm -f "$root"/etc/ssh/ssh_host_*

# Behind a proxy that opens TLS, this computer trusts more authorities than Debian does. Set-up downloads through it
# and so trusts them too; they are taken out again before the disk is made.
shopt -s nullglob
for certificate in /usr/local/share/ca-certificates/*.crt; do
  install -m 0644 "$certificate" "$root/usr/local/share/ca-certificates/bake-${certificate##*/}"
done
chroot "$root" update-ca-certificates >/dev/null
