#!/bin/bash
# Keeps the levels' accounts away from the cloud's metadata service. `rules` prints the rules, `apply` installs them
# in one transaction, `check` tells whether they are active, `ensure` installs them if they are not.
#
# Only those accounts: the rest of the host (the administrator, the cloud's agents) needs its identity, and the
# manager runs no code of jobs. Rootless containers leave through slirp4netns, a process of the account; a job that
# gets a process onto the host can also take the account's subordinate ids, so these are kept away as well.
set -Eeuo pipefail
# shellcheck source=lib.sh
. "${LIBRARY:-/usr/local/lib/buildx-runners}/lib.sh"

# Every id a level's account has or can take, as nftables writes a set.
guarded_ids() {
  local account
  for account in buildx-open buildx-protected; do
    account_exists "$account" || continue
    id -u "$account"
    awk -F: -v name="$account" '$1 == name { print $2 "-" $2 + $3 - 1 }' /etc/subuid
  done | paste -sd,
}

# Refused rather than dropped: cloud libraries probe this address, and would hold a job up until they time out.
# Port 53 stays open: on Google Cloud the same address is the machine's name server.
rules() {
  cat <<RULES
table inet buildx_guard {
  set accounts {
    type uid
    flags interval
    elements = { $(guarded_ids) }
  }
  chain output {
    type filter hook output priority filter; policy accept;
    ip daddr { 169.254.169.254, 169.254.170.2, 100.100.100.200, 168.63.129.16 } meta skuid @accounts jump metadata
    ip6 daddr { fd00:ec2::254, fd20:ce::254 } meta skuid @accounts jump metadata
  }
  chain metadata {
    meta l4proto { tcp, udp } th dport 53 accept
    meta l4proto tcp counter reject with tcp reset
    counter reject with icmpx admin-prohibited
  }
}
RULES
}

apply() {
  if [[ -z $(guarded_ids) ]]; then
    nft destroy table inet buildx_guard 2>/dev/null || true
    return
  fi
  { printf 'table inet buildx_guard\ndelete table inet buildx_guard\n' && rules; } | nft --file -
}

# nft prints sets and numbers in a form of its own, so what is in force is compared by its parts.
check() {
  local table id
  table=$(nft --numeric list table inet buildx_guard 2>/dev/null) || return 1
  [[ $table == *169.254.169.254* && $table == *fd00:ec2::254* && $table == *fd20:ce::254* &&
    $table == *'jump metadata'* && $table == *reject* ]] || return 1
  for id in $(guarded_ids | tr ',' ' '); do [[ $table =~ (^|[^0-9-])"$id"([^0-9-]|$) ]] || return 1; done
}

ensure() {
  check && return
  say 'the metadata guard was missing or changed: installing it again'
  apply
}

case ${1:-} in
  rules | apply | check | ensure) "$1" ;;
  *) fail "unknown argument '${1:-}'" guard.sh 'use rules, apply, check or ensure' ;;
esac
