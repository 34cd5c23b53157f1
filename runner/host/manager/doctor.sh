#!/bin/bash
# Checks every promise of a manager and names what is wrong. Exit code 0 only when nothing failed; a warning is about
# something that this computer cannot do, or that was left out on purpose. It changes nothing.
set -Eeuo pipefail
if [[ ! -r /usr/local/lib/buildx-runners/lib.sh ]]; then
  echo 'buildx-doctor: this computer is no manager: /usr/local/lib/buildx-runners is missing' >&2
  exit 2
fi
# shellcheck source=../scripts/lib.sh
. /usr/local/lib/buildx-runners/lib.sh
for part in report system accounts manager command; do
  # shellcheck source=/dev/null
  . "$LIBRARY/doctor/$part.sh"
done
# shellcheck source=role.sh
. "$LIBRARY/role.sh"
cloud=$LIBRARY/cloud/doctor.sh
# shellcheck source=../cloud/doctor.sh
if [[ -f $cloud ]]; then . "$cloud"; fi

container_engine_runs() { pgrep -x 'dockerd|containerd|podman'; }
level_accounts_exist() { getent passwd buildx-open buildx-protected; }
plugin_is_pinned() { "$LIBRARY/install-plugin.sh" is-current && say "$PLUGIN_VERSION"; }
is_on_another_machine() { grep -qxF 'executor = "docker-autoscaler"' "/etc/gitlab-runner/$1/config.toml"; }

check_plugin() {
  if [[ -z $PLUGIN_VERSION ]]; then
    report warn manager.plugin 'the plugin for Google Cloud is the pinned one' 'plugin is none: it is not installed' \
      "set gcpAutoscaler.plugin to a version, or put the binary at $PLUGIN"
  else
    hold manager.plugin "the plugin for Google Cloud is the pinned $PLUGIN_VERSION" "$AGAIN" plugin_is_pinned
  fi
}

read_arguments "$@"
check_installation
check_upkeep
refuse manager.no-engine 'no container engine runs beside the tokens' 'remove it; jobs run on workers' container_engine_runs
refuse manager.no-jobs 'no account for jobs exists here' 'make a new machine for the manager' level_accounts_exist
check_plugin
for level in ${LEVELS:?}; do
  hold "$level.token-mode" "the runner token of level $level is readable by the manager alone" "$AGAIN" \
    token_is_closed "$level"
  if registered "$level"; then
    hold "$level.workers" "jobs of level $level run on machines of their own" 'register the manager again' \
      is_on_another_machine "$level"
  fi
  check_manager "$level"
done
if [[ -f $cloud ]]; then check_cloud; fi
tell_outcome
