#!/bin/bash
# Standard input becomes the file named, readable for its owner alone, and whole or not at all.
set -Eeuo pipefail
umask 077
cat >"$1.new"
chmod 0600 "$1.new"
mv -f "$1.new" "$1"
