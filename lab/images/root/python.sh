#!/bin/bash
# Puts Debian's Python where the official image has its own. mmdebstrap calls it with the directory.
set -euo pipefail
root=$1

for name in python python3 python3.13; do
  ln -sf /usr/bin/python3.13 "$root/usr/local/bin/$name"
done
ln -sf /usr/bin/pip3 "$root/usr/local/bin/pip"
# The official image lets pip install for the whole system.
rm -f "$root/usr/lib/python3.13/EXTERNALLY-MANAGED"
# This computer's package index, where it has one of its own.
if [[ -n ${PIP_INDEX_URL:-} ]]; then
  printf '[global]\nindex-url = %s\n' "$PIP_INDEX_URL" >"$root/etc/pip.conf"
fi
