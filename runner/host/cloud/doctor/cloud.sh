# The machine in its cloud: the services that apply the stack's settings, and those that shut it down in order.
# shellcheck shell=bash

# shellcheck source=../metadata.sh
. "$LIBRARY/cloud/metadata.sh"

metadata_answers() { metadata instance/id --max-time 5 >/dev/null; }

data_is_on_the_local_disks() {
  local -a disks
  mapfile -t disks < <("$LIBRARY/cloud/disks.sh" list)
  say "${#disks[@]} local SSDs"
  ((${#disks[@]} == 0)) || mountpoint --quiet "$DATA_DIRECTORY"
}

check_local_disks() {
  hold cloud.disks 'daemons and builders use the local SSDs, if there are any' \
    'run: journalctl -u buildx-disks' data_is_on_the_local_disks
}

check_cloud() {
  hold cloud.sync 'set-up and tokens are kept as the metadata says' 'run: journalctl -u buildx-sync' \
    systemctl is-active buildx-sync.service
  hold cloud.drain 'running jobs end before the machine stops' 'run: journalctl -u buildx-drain' \
    systemctl is-active buildx-drain.service
  if ! metadata_answers 2>/dev/null; then
    report warn cloud.metadata 'the metadata server answers' 'no answer from 169.254.169.254' \
      'on Google Cloud, check the network of the machine; elsewhere, ignore this'
    return
  fi
  check_tokens
  if [[ $HEALTH_CHECK == yes ]]; then check_health; fi
}

# Running managers keep working, so a secret that cannot be read any more is no reason to replace this machine.
check_tokens() {
  local status
  [[ -s $LIBRARY/runners.tsv ]] || return 0
  hold cloud.tokens 'the managers have the tokens from the secret' 'run: journalctl -u buildx-sync' \
    test -s "$MEMORY/registered"
  status=$(cat "$RUN/status" 2>/dev/null) || true
  case $status in
    ready) report pass cloud.status 'the last check of metadata and secret succeeded' '' '' ;;
    failed*) report warn cloud.status 'the last check of metadata and secret succeeded' "$status" 'do what it says' ;;
    *) report skip cloud.status 'the last check of metadata and secret succeeded' "${status:-no status yet}" '' ;;
  esac
}

health_is_guarded() {
  local table
  table=$(nft --numeric list table inet buildx_health)
  [[ $table == *35.191.0.0/16* && $table == *130.211.0.0/22* && $table == *drop* ]]
}

check_health() {
  hold cloud.health "Google's health check gets an answer" 'run: systemctl status buildx-health.socket' \
    systemctl is-active buildx-health.socket buildx-health-check.timer
  hold cloud.health-guard "only Google's probes reach the health check" 'run: systemctl restart buildx-health.socket' \
    health_is_guarded
}
