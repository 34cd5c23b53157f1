#!/bin/bash
# Makes what mmdebstrap unpacked the image of a cloud VM: an administrator who comes by SSH key, nothing that
# two machines must not share. mmdebstrap calls it with the directory of the root file system.
set -euo pipefail
root=$1

chroot "$root" useradd --create-home --shell /bin/bash --comment Administrator admin
install -d -m 0700 "$root/home/admin/.ssh"
chroot "$root" chown admin:admin /home/admin/.ssh
printf 'admin ALL=(ALL) NOPASSWD:ALL\n' >"$root/etc/sudoers.d/90-admin"
chmod 0440 "$root/etc/sudoers.d/90-admin"

printf 'PasswordAuthentication no\nPermitRootLogin no\n' >"$root/etc/ssh/sshd_config.d/50-lab.conf"
rm -f "$root"/etc/ssh/ssh_host_*
printf 'LANG=C.UTF-8\n' >"$root/etc/default/locale"

# Behind a proxy that opens TLS, this computer trusts more authorities than Debian does; so must the machine.
shopt -s nullglob
for certificate in /usr/local/share/ca-certificates/*.crt; do
  install -m 0644 "$certificate" "$root/usr/local/share/ca-certificates/"
done
chroot "$root" update-ca-certificates >/dev/null

: >"$root/etc/machine-id"
rm -f "$root/etc/hostname" "$root/etc/resolv.conf" "$root/var/lib/dbus/machine-id"
