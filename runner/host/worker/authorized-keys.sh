#!/bin/bash
# Prints the keys by which the account that is named may log in: those that the machine's metadata has for it now. sshd
# runs it under an account that can do nothing else. Lines there are `ACCOUNT:TYPE KEY COMMENT`; a key may end at a time:
# `… google-ssh {"userName":"…","expireOn":"2026-01-31T12:00:00+0000"}`.
# https://cloud.google.com/compute/docs/connect/add-ssh-keys#metadata
set -euo pipefail
export PATH=/usr/bin:/bin LC_ALL=C.UTF-8

account=${1:?usage: authorized-keys.sh ACCOUNT}
keys=$(curl --fail --silent --show-error --noproxy '*' --connect-timeout 5 --max-time 10 --header 'Metadata-Flavor: Google' \
  http://169.254.169.254/computeMetadata/v1/instance/attributes/ssh-keys)

is_over() {
  local end
  [[ $1 =~ \"expireOn\":\"([0-9T:.+Z-]+)\" ]] || return 1
  # A key whose time cannot be parsed has expired.
  end=$(date --date="${BASH_REMATCH[1]}" +%s) || return 0
  ((end <= EPOCHSECONDS))
}

key='^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) ([A-Za-z0-9+/]+=*)( |$)'
while IFS= read -r line; do
  [[ $line == "$account:"* ]] || continue
  line=${line#"$account:"}
  [[ $line =~ $key ]] || continue
  entry="${BASH_REMATCH[1]} ${BASH_REMATCH[3]}"
  if is_over "$line"; then continue; fi
  printf 'restrict,port-forwarding %s\n' "$entry"
done <<<"${keys//$'\r'/}"
