#!/bin/bash
# Makes this computer a host: read it as the table of contents of setup/. Each step looks first and acts only where
# something differs, so the second run changes nothing, and a run that was killed is finished by the next one.
set -Eeuo pipefail
# shellcheck source=lib.sh
. /usr/local/lib/buildx-runners/lib.sh
# shellcheck source=owner.sh
. "$LIBRARY/owner.sh"
for step in packages trust accounts guard daemon builder manager housekeeping levels; do
  # shellcheck source=/dev/null
  . "$LIBRARY/setup/$step.sh"
done
# A machine of a cloud has steps of its own.
cloud=$LIBRARY/cloud/steps.sh
# shellcheck source=../cloud/steps.sh
if [[ -f $cloud ]]; then . "$cloud"; fi
trap explain_failure ERR

require_root
only_one_at_a_time
bash "$LIBRARY/preflight.sh" || exit
read -r -a levels <<<"${LEVELS:?}"

remember_the_owner
remember_the_data_directory
keep_the_rootful_daemon_off
install_packages
enable_security_updates
trust_certificates
reload_changed_units
if [[ -f $cloud ]]; then mount_local_disks; fi

create_manager_account
for level in "${levels[@]}"; do
  create_level_account "$level"
  prepare_level_directory "$level"
  delegate_cgroups "$level"
  order_manager_and_daemon "$level"
done
guard_metadata
remove_forsaken_levels

for level in "${levels[@]}"; do start_user_manager "$level"; done
for level in "${levels[@]}"; do
  run_daemon "$level"
  fetch_builder_image "$level" &
done
wait
for level in "${levels[@]}"; do run_builder "$level"; done
for level in "${levels[@]}"; do schedule_housekeeping "$level"; done
rotate_logs
install_gitlab_runner
for level in "${levels[@]}"; do keep_manager_running "$level"; done
if [[ -f $cloud ]]; then run_cloud_units; fi

installed=$(dockerd --version)
[[ $installed =~ ^Docker\ version\ ([^,]+), ]] && say "docker     ${BASH_REMATCH[1]}"
if ((changes == 0)); then
  say 'buildx-runners: ready, nothing changed'
else
  say "buildx-runners: ready, $changes changes"
fi
