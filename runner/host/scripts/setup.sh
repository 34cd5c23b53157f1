#!/bin/bash
# Sets this computer up for its role: a host, a manager or a worker. Read it as the table of contents of setup/. Each
# step looks first and acts only where something differs, so the second run changes nothing, and a run that was killed is
# finished by the next one.
set -Eeuo pipefail
# shellcheck source=lib.sh
. /usr/local/lib/buildx-runners/lib.sh
# shellcheck source=owner.sh
. "$LIBRARY/owner.sh"
source_parts setup
trap explain_failure ERR

require_root
only_one_at_a_time
bash "$LIBRARY/preflight.sh" || exit
read -r -a levels <<<"${LEVELS:?}"

remember_the_owner
remember_the_levels "${levels[@]}"
if runs_daemons; then keep_the_rootful_daemon_off; fi
install_packages
maintain_the_system
if runs_daemons && in_cloud; then mount_local_disks; fi

if runs_managers; then create_manager_account; fi
if runs_daemons; then
  for level in "${levels[@]}"; do prepare_level "$level"; done
  guard_metadata
fi
remove_forsaken_levels

if runs_daemons; then run_levels "${levels[@]}"; fi
if runs_managers; then run_managers "${levels[@]}"; fi
if [[ $ROLE == worker ]]; then open_to_manager; fi
if in_cloud; then run_cloud_units; fi

if runs_daemons && [[ $(dockerd --version) =~ ^Docker\ version\ ([^,]+), ]]; then say "docker     ${BASH_REMATCH[1]}"; fi
if ((changes == 0)); then
  say 'buildx-runners: ready, nothing changed'
else
  say "buildx-runners: ready, $changes changes"
fi
