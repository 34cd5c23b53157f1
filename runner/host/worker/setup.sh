#!/bin/bash
# Makes this computer a worker: a rootless daemon and a builder of one level, for a manager that comes over SSH. Read it
# as the table of contents of setup/. Each step looks first and acts only where something differs, so the second run
# changes nothing, and a run that was killed is finished by the next one.
set -Eeuo pipefail
# shellcheck source=../scripts/lib.sh
. /usr/local/lib/buildx-runners/lib.sh
for step in packages trust accounts guard daemon builder housekeeping levels; do
  # shellcheck source=/dev/null
  . "$LIBRARY/setup/$step.sh"
done
# shellcheck source=role.sh
. "$LIBRARY/role.sh"
cloud=$LIBRARY/cloud/steps.sh
# shellcheck source=../cloud/steps.sh
if [[ -f $cloud ]]; then . "$cloud"; fi
trap explain_failure ERR

require_root
only_one_at_a_time
bash "$LIBRARY/preflight.sh" || exit
level=${LEVELS:?}

remember_the_data_directory
keep_the_rootful_daemon_off
install_packages
enable_security_updates
trust_certificates
reload_changed_units
if [[ -f $cloud ]]; then mount_local_disks; fi

create_level_account "$level"
admit_account "$level"
stop_account_management
take_from_groups "$level"
prepare_level_directory "$level"
delegate_cgroups "$level"
guard_metadata
remove_forsaken_levels

start_user_manager "$level"
run_daemon "$level"
run_builder "$level"
schedule_housekeeping "$level"
rotate_logs
create_keys_account
open_to_manager
follow_setup

if ((changes == 0)); then
  say 'buildx-runners: ready, nothing changed'
else
  say "buildx-runners: ready, $changes changes"
fi
