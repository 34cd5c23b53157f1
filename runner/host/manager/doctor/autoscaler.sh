# Further checks of a manager: it takes jobs and runs none.
# shellcheck shell=bash

container_engine_runs() { pgrep -x 'dockerd|containerd|podman'; }
level_accounts_exist() { getent passwd buildx-open buildx-protected; }
plugin_is_pinned() { "$LIBRARY/pinned.sh" fleeting-plugin-googlecloud is-current && say "$PLUGIN_VERSION"; }
is_on_another_machine() { grep -qxF 'executor = "docker-autoscaler"' "/etc/gitlab-runner/$1/config.toml"; }

check_plugin() {
  if [[ -z $PLUGIN_VERSION ]]; then
    report warn manager.plugin 'the plugin for Google Cloud is the pinned one' 'plugin is none: it is not installed' \
      "set gcpAutoscaler.plugin to a version, or put the binary at $LIBRARY/bin/fleeting-plugin-googlecloud"
  else
    hold manager.plugin "the plugin for Google Cloud is the pinned $PLUGIN_VERSION" "$AGAIN" plugin_is_pinned
  fi
}

check_autoscaler() {
  local level
  refuse manager.no-engine 'no container engine runs on the manager' 'remove it; jobs run on workers' container_engine_runs
  refuse manager.no-jobs 'no account for jobs exists on the manager' 'create a new machine for the manager' level_accounts_exist
  check_plugin
  for level in $LEVELS; do
    if registered "$level"; then
      hold "$level.workers" "jobs of level $level run on workers" 'register the manager again' \
        is_on_another_machine "$level"
    fi
  done
}
