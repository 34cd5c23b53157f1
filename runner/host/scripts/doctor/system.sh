# The computer itself.
# shellcheck shell=bash

AGAIN='run set-up again (pulumi up), which corrects this'

packages_are_installed() {
  local package
  for package in $(wanted_packages); do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || {
      say "$package is missing"
      return 1
    }
  done
  [[ -z $(dpkg --audit) ]]
}

rootful_daemon_is_off() {
  local unit
  for unit in docker.service docker.socket containerd.service; do
    [[ $(systemctl is-enabled "$unit" 2>/dev/null) == masked ]] || { say "$unit is not masked"; return 1; }
    if systemctl is-active --quiet "$unit"; then say "$unit runs"; return 1; fi
  done
  if pgrep -u root -x dockerd; then return 1; fi
  [[ ! -S /run/docker.sock ]] || ! docker -H unix:///run/docker.sock version
}

security_updates_are_on() {
  local settings
  settings=$(apt-config dump)
  [[ $settings == *'APT::Periodic::Unattended-Upgrade "1"'* ]] || { say 'APT::Periodic::Unattended-Upgrade is not 1'; return 1; }
  systemctl is-active apt-daily.timer apt-daily-upgrade.timer
}

# The second line of a certificate tells it from any other.
certificates_are_trusted() {
  local file
  for file in /usr/local/share/ca-certificates/buildx-runners-*.crt; do
    [[ -e $file ]] || continue
    grep -qF -- "$(sed -n 2p "$file")" /etc/ssl/certs/ca-certificates.crt || { say "$file"; return 1; }
  done
}

disk_has_room() {
  local free
  free=$(df --output=avail --block-size=1G "$DATA_DIRECTORY" | tail -1 | tr -d ' ')
  if ((free >= 10)); then
    report pass system.disk 'the disk has space for images and caches' "$free GB free" ''
  else
    report warn system.disk 'the disk has space for images and caches' "$free GB free under $DATA_DIRECTORY" \
      'enlarge the disk, or lower builder.maxUsedSpace'
  fi
}

check_installation() {
  hold system.supported 'this system is supported' 'use a supported system' bash "$LIBRARY/preflight.sh"
  hold system.files 'every installed file is as it was installed' "$AGAIN" \
    sha256sum --check --quiet --strict "$LIBRARY/digests"
  hold system.packages 'every package is installed and configured' "$AGAIN" packages_are_installed
}

check_upkeep() {
  hold system.updates 'security updates install themselves' "$AGAIN" security_updates_are_on
  hold system.certificates 'the extra certificates are trusted' "$AGAIN" certificates_are_trusted
  hold system.logs 'the size of the journal is limited' "$AGAIN" test -f /etc/systemd/journald.conf.d/buildx-runners.conf
}

check_system() {
  check_installation
  if runs_daemons; then hold system.rootful-off 'the rootful Docker daemon is off and masked' "$AGAIN" rootful_daemon_is_off; fi
  check_upkeep
  if runs_daemons; then disk_has_room; fi
}
