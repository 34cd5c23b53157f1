#!/bin/bash
# Gives the machine the name that the cloud knows it by; without one it is `localhost` in every log.
set -euo pipefail

name=$(curl --silent --fail --retry 5 --retry-connrefused --max-time 10 --header 'Metadata-Flavor: Google' \
  http://169.254.169.254/computeMetadata/v1/instance/name)
[[ $name =~ ^[a-z]([a-z0-9-]*[a-z0-9])?$ ]] || {
  printf 'the metadata server gave an invalid host name: %q\n' "$name" >&2
  exit 1
}
hostname "$name"
grep -q "^127.0.1.1 $name\$" /etc/hosts || {
  sed -i '/^127\.0\.1\.1 /d' /etc/hosts
  printf '127.0.1.1 %s\n' "$name" >>/etc/hosts
}
