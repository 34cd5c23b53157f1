#!/bin/bash
# Set-up could trust the authorities that this computer's proxy needs; the image must not.
set -euo pipefail
shopt -s nullglob
borrowed=(/usr/local/share/ca-certificates/bake-*)
((${#borrowed[@]})) || exit 0
rm -f "${borrowed[@]}"
update-ca-certificates --fresh >/dev/null 2>&1
