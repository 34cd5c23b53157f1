# The runner manager: the pinned binaries, one process for each level. Tokens come later, with register.sh.
# shellcheck shell=bash

# install_pinned NAME VERSION WITHOUT: the last is the message if no version is set.
install_pinned() {
  local name=$1 version=$2
  if [[ -z $version ]]; then
    say "attention  $3"
    # A binary that set-up did not install stays.
    if [[ -f $STATE/marks/$name ]]; then rm -f "$LIBRARY/bin/$name"; fi
    clear_mark "$name"
    return
  fi
  set_mark "$name" "$version"
  if bash "$LIBRARY/pinned.sh" "$name" is-current; then
    unchanged "$name $version"
    return
  fi
  bash "$LIBRARY/pinned.sh" "$name" || exit
  changed "$name $version"
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

run_managers() {
  local level
  install_pinned gitlab-runner "$GITLAB_RUNNER_VERSION" \
    'gitlabRunner is none: the gitlab-runner binary is not installed, and this host takes no jobs'
  if [[ $ROLE == manager ]]; then
    install_pinned fleeting-plugin-googlecloud "$PLUGIN_VERSION" \
      'plugin is none: the plugin for Google Cloud is not installed, and this manager starts no machines'
  fi
  for level in "$@"; do
    keep_manager_running "$level"
    # The running process has the old plugin, or the old settings, in its memory.
    if [[ $ROLE == manager ]] && registered "$level"; then "$LIBRARY/manager-settings.sh" restart-if-changed "$level"; fi
  done
}
