#!/bin/bash
# Turns Debian's PostgreSQL with PostGIS into what the official image looks like from outside.
# mmdebstrap calls it with the directory of the root file system.
set -euo pipefail
root=$1
scripts=${BASH_SOURCE[0]%/*}

# Debian's package creates a cluster of its own; the entrypoint creates one for each container.
rm -rf "$root"/etc/postgresql/15 "$root"/var/lib/postgresql/15
sed -i "s/^#\?listen_addresses.*/listen_addresses = '*'/" "$root/usr/share/postgresql/15/postgresql.conf.sample"
grep -q "^listen_addresses = '\*'" "$root/usr/share/postgresql/15/postgresql.conf.sample"

install -m 0755 "$scripts/postgis-entrypoint.sh" "$root/usr/local/bin/docker-entrypoint.sh"
install -d -m 0755 "$root/docker-entrypoint-initdb.d"
chroot "$root" install -d -m 1777 -o postgres -g postgres /var/lib/postgresql/data
