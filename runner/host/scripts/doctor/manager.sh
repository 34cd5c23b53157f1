# The runner manager.
# shellcheck shell=bash

binary_is_pinned() { "$LIBRARY/pinned.sh" gitlab-runner is-current && "$LIBRARY/bin/gitlab-runner" --version; }

token_is_closed() {
  local file found
  for file in /etc/gitlab-runner/"$1" /etc/gitlab-runner/"$1"/config.toml; do
    [[ -e $file ]] || continue
    found=$(stat -c '%a' "$file")
    [[ $found == 700 || $found == 600 ]] || { say "$file has mode $found"; return 1; }
  done
}

asks_for_no_privilege() { ! grep -E '^[[:space:]]*(services_)?privileged[[:space:]]*=[[:space:]]*true' "$1"; }

metrics_answer() { curl --silent --fail --max-time 5 --noproxy '*' --output /dev/null "http://127.0.0.1:$(metrics_port "$1")/metrics"; }

# By what systemd makes of all its files. At a shutdown the order is the opposite one.
starts_after_daemon() { systemctl show --property=Before --value "user@$(uid_of "$1").service" | tr ' ' '\n' | grep -xF "$(manager_unit "$1")"; }

check_manager() {
  local level=$1 unit configuration
  unit=$(manager_unit "$level")
  configuration=/etc/gitlab-runner/$level/config.toml
  hold "$level.token-mode" "only the manager can read the runner token of level $level" "$AGAIN" token_is_closed "$level"
  if runs_daemons; then
    hold "$level.order" "the running jobs of level $level end before their daemon stops" "$AGAIN" starts_after_daemon "$level"
  fi
  if ! registered "$level"; then
    report warn "$level.registered" "level $level is registered with GitLab" 'no token was sent to this host yet' \
      'register the host (pulumi up does, after set-up)'
  else
    hold "$level.registered" "level $level is registered with GitLab" 'register the host again' test -s "$configuration"
    hold "$level.unprivileged" "jobs of level $level are not privileged" 'register the host again' \
      asks_for_no_privilege "$configuration"
  fi
  if [[ -z $GITLAB_RUNNER_VERSION ]]; then
    report warn "$level.manager" "the runner manager of level $level runs" 'gitlabRunner is none: it is not installed' \
      "set gitlabRunner to a version, or put the binary at $LIBRARY/bin/gitlab-runner"
    return
  fi
  hold "$level.gitlab-runner" "gitlab-runner is the pinned $GITLAB_RUNNER_VERSION" "$AGAIN" binary_is_pinned
  if ! registered "$level"; then
    report skip "$level.manager" "the runner manager of level $level runs" 'not registered' ''
    return
  fi
  hold "$level.manager" "the runner manager of level $level runs" "run: journalctl -u $unit" systemctl is-active "$unit"
  hold "$level.manager-boot" "the runner manager of level $level starts at boot" "$AGAIN" systemctl is-enabled "$unit"
  hold "$level.metrics" "the metrics of level $level answer on 127.0.0.1:$(metrics_port "$level")" \
    "run: journalctl -u $unit" metrics_answer "$level"
}
