# Packages: what a host needs, from the distribution or from Docker's repository.
# shellcheck shell=bash

DOCKER_KEY=/etc/apt/keyrings/buildx-runners-docker.asc
DOCKER_SOURCE=/etc/apt/sources.list.d/buildx-runners-docker.sources

# apt's output is shown only when it fails.
apt() {
  local log=$STATE/apt.log
  run_apt "$@" </dev/null >"$log" 2>&1 && return
  tail -n 20 "$log" >&2
  fail "apt-get $1 failed; the end of its output is above" "$log" \
    'correct what it reports (network, disk space, package sources), and run set-up again'
}

run_apt() {
  DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get --quiet=2 --yes -o DPkg::Lock::Timeout=300 \
    -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \
    --no-install-recommends "$@" 9>&-
}

is_installed() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

# A daemon with root's rights on this computer would give jobs access to the runner's token. Masked before
# the packages arrive, it never starts, not even for a moment.
keep_the_rootful_daemon_off() {
  local unit
  mkdir -p "$STATE"
  chmod 0700 "$STATE"
  for unit in docker.service docker.socket containerd.service; do
    if [[ $(readlink "/etc/systemd/system/$unit") == /dev/null ]]; then
      systemctl is-active --quiet "$unit" || continue
    elif systemctl is-enabled --quiet "$unit" 2>/dev/null; then
      # A unit that was enabled before set-up is enabled again by teardown.
      grep -qxF "$unit" "$STATE/rootful-units" 2>/dev/null || printf '%s\n' "$unit" >>"$STATE/rootful-units"
    fi
    systemctl stop "$unit" 2>/dev/null || true
    systemctl mask --quiet "$unit" 2>/dev/null
    changed "masked $unit"
  done
}

# dpkg keeps a journal of what it was doing; a killed run leaves packages half-way.
finish_interrupted_package_work() {
  local updates=(/var/lib/dpkg/updates/*)
  [[ -n $(dpkg --audit) || -e ${updates[0]} ]] || return 0
  changed 'finished package changes that an earlier run had interrupted'
  DEBIAN_FRONTEND=noninteractive dpkg --configure --pending --force-confdef --force-confold </dev/null >/dev/null || true
  apt --fix-broken install
}

install_missing() {
  local package
  local -a missing=()
  for package in "$@"; do is_installed "$package" || missing+=("$package"); done
  if ((${#missing[@]} == 0)); then
    unchanged "packages: $*"
    return
  fi
  apt update
  apt install "${missing[@]}"
  changed "installed ${missing[*]}"
}

install_packages() {
  local -a wanted
  finish_interrupted_package_work
  mapfile -t wanted < <(wanted_packages)
  if [[ $PACKAGES_SOURCE == docker ]]; then
    # To fetch and read the key of their repository.
    install_missing ca-certificates curl gpg
    trust_certificates
    add_docker_repository
  fi
  install_missing "${wanted[@]}"
}

# The only key in the file must be the pinned one: a second key beside it would be trusted as well.
key_is_pinned() {
  local home keys
  home=$(mktemp -d)
  keys=$(gpg --homedir "$home" --batch --quiet --with-colons --show-keys "$1" 2>/dev/null |
    awk -F: '$1 == "pub" { want = 1 } $1 == "fpr" && want { print $10; want = 0 }') || true
  rm -rf "$home"
  [[ $keys == "${PACKAGES_FINGERPRINT^^}" ]]
}

add_docker_repository() {
  local ID='' VERSION_CODENAME='' work wanted
  # shellcheck source=/dev/null
  . /etc/os-release
  work=$(mktemp -d)
  if [[ ! -f $DOCKER_KEY ]] || ! key_is_pinned "$DOCKER_KEY"; then
    download "$PACKAGES_URL/$ID/gpg" "$work/key" || fail "the signing key of Docker's packages could not be fetched" \
      "$PACKAGES_URL/$ID/gpg" 'allow access to this address, or set packages.url to a mirror'
    key_is_pinned "$work/key" || fail \
      "the signing key is not the pinned one ($PACKAGES_FINGERPRINT), so no package from there is installed" \
      "$PACKAGES_URL/$ID/gpg" 'find out who changed it; change packages.fingerprint only if the publisher announces the new key'
    install -D -m 0644 "$work/key" "$DOCKER_KEY"
    changed "trusted the key $PACKAGES_FINGERPRINT for Docker's packages"
  fi
  wanted="Types: deb
URIs: $PACKAGES_URL/$ID
Suites: $VERSION_CODENAME
Components: stable
Architectures: $(dpkg --print-architecture)
Signed-By: $DOCKER_KEY"
  if ! holds "$DOCKER_SOURCE" "$wanted"; then
    write_file "$DOCKER_SOURCE" "$wanted"
    apt update
    changed "added Docker's package repository $PACKAGES_URL/$ID"
  fi
  rm -rf "$work"
}
