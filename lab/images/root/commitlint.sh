#!/bin/bash
# Puts Node.js and commitlint where the official Node.js image has them: commitlint finds its configurations beside the
# program that runs it. mmdebstrap calls it with the directory of the root file system.
set -euo pipefail
root=$1
modules=$root/usr/local/lib/node_modules

mv "$modules"/node-linux-*/bin/node "$root/usr/local/bin/node"
rm -rf "$modules"/node-linux-*
chmod 0755 "$modules/@commitlint/cli/cli.js"
ln -s ../lib/node_modules/@commitlint/cli/cli.js "$root/usr/local/bin/commitlint"
chroot "$root" commitlint --version >/dev/null
