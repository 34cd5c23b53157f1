# The runner manager: the pinned binary, one process for each level. Tokens come later, with register.sh.
# shellcheck shell=bash

install_gitlab_runner() {
  if [[ -z $GITLAB_RUNNER_VERSION ]]; then
    say 'attention  gitlabRunner is none: this host has everything but the gitlab-runner binary and takes no jobs'
    # One that somebody else put there stays.
    if [[ -f $STATE/marks/gitlab-runner ]]; then rm -f "$LIBRARY/bin/gitlab-runner"; fi
    clear_mark gitlab-runner
    return
  fi
  if bash "$LIBRARY/install-gitlab-runner.sh" is-current; then
    unchanged "gitlab-runner $GITLAB_RUNNER_VERSION"
    return
  fi
  set_mark gitlab-runner "$GITLAB_RUNNER_VERSION"
  bash "$LIBRARY/install-gitlab-runner.sh" || exit
  changed "gitlab-runner $GITLAB_RUNNER_VERSION"
}

# A step before may have drained the manager, and a killed run may have left it stopped.
keep_manager_running() {
  local level=$1 unit mark
  unit=$(manager_unit "$level")
  registered "$level" || return 0
  mark=$(fingerprint /etc/systemd/system/gitlab-runner@.service "$GITLAB_RUNNER_VERSION")
  systemctl enable --quiet "$unit"
  [[ -x $LIBRARY/bin/gitlab-runner ]] || return 0
  if ! systemctl is-active --quiet "$unit"; then
    systemctl start "$unit"
    changed "started $unit"
  elif ! mark_is "manager-$level" "$mark"; then
    # Drains first, which may take as long as the longest job: nothing here needs to wait for that.
    systemctl restart --no-block "$unit"
    changed "$unit restarts as soon as its jobs have ended"
  fi
  set_mark "manager-$level" "$mark"
}
