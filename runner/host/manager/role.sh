# What a manager has in place of a host's packages and steps: it takes jobs and runs none.
# shellcheck shell=bash

# No container engine: whatever could run a job here could read the tokens.
wanted_packages() { printf '%s\n' ca-certificates curl jq nftables unattended-upgrades; }

PLUGIN=$LIBRARY/bin/fleeting-plugin-googlecloud
export PLUGIN

# Removal of a level that the fleet no longer has goes by these.
remember_levels() {
  local level
  mkdir -p "$STATE/levels"
  chmod 0700 "$STATE"
  for level in "$@"; do touch "$STATE/levels/$level"; done
}

install_plugin() {
  if [[ -z $PLUGIN_VERSION ]]; then
    say 'attention  plugin is none: this manager has everything but the plugin for Google Cloud and starts no machines'
    # One that somebody else put there stays.
    if [[ -f $STATE/marks/plugin ]]; then rm -f "$PLUGIN"; fi
    clear_mark plugin
    return
  fi
  if bash "$LIBRARY/install-plugin.sh" is-current; then
    unchanged "fleeting-plugin-googlecloud $PLUGIN_VERSION"
    return
  fi
  set_mark plugin "$PLUGIN_VERSION"
  bash "$LIBRARY/install-plugin.sh" || exit
  changed "fleeting-plugin-googlecloud $PLUGIN_VERSION"
}

# The running process has the old plugin, or the old settings, in its memory.
restart_changed_manager() {
  local level=$1
  registered "$level" || return 0
  "$LIBRARY/manager-settings.sh" restart-if-changed "$level"
}
