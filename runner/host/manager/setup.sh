#!/bin/bash
# Makes this computer a manager: it takes jobs from GitLab and runs them on workers. Read it as the table of contents
# of setup/. Each step looks first and acts only where something differs, so the second run changes nothing, and a run
# that was killed is finished by the next one.
set -Eeuo pipefail
# shellcheck source=../scripts/lib.sh
. /usr/local/lib/buildx-runners/lib.sh
for step in packages trust accounts builder manager housekeeping levels; do
  # shellcheck source=/dev/null
  . "$LIBRARY/setup/$step.sh"
done
# shellcheck source=role.sh
. "$LIBRARY/role.sh"
# shellcheck source=../cloud/steps.sh
if [[ -f $LIBRARY/cloud/steps.sh ]]; then . "$LIBRARY/cloud/steps.sh"; fi
trap explain_failure ERR

require_root
only_one_at_a_time
bash "$LIBRARY/preflight.sh" || exit
read -r -a levels <<<"${LEVELS:?}"

remember_levels "${levels[@]}"
install_packages
enable_security_updates
trust_certificates
reload_changed_units
create_manager_account
remove_forsaken_levels
rotate_logs
install_gitlab_runner
install_plugin
for level in "${levels[@]}"; do
  keep_manager_running "$level"
  restart_changed_manager "$level"
done
if [[ -f $LIBRARY/cloud/steps.sh ]]; then run_cloud_units; fi

if ((changes == 0)); then
  say 'buildx-runners: ready, nothing changed'
else
  say "buildx-runners: ready, $changes changes"
fi
