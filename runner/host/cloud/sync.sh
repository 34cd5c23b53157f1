#!/bin/bash
# Keeps this machine up to date with the stack: applies the set-up of its metadata, gives the runner managers the tokens of
# its secret, and waits for either to change. So neither needs a reboot.
set -Eeuo pipefail
# shellcheck source=../scripts/lib.sh
. /usr/local/lib/buildx-runners/lib.sh
# shellcheck source=metadata.sh
. "$LIBRARY/cloud/metadata.sh"
# shellcheck source=apply.sh
. "$LIBRARY/cloud/apply.sh"
# shellcheck source=secret.sh
. "$LIBRARY/cloud/secret.sh"
trap explain_failure ERR

# The secret version and the set-up whose registration succeeded last.
REGISTERED=$MEMORY/registered
# Applying a set-up may wait for the running jobs.
LONGEST_SETUP=10800
# A poll that is never answered must not outlive the connection it was asked on.
LONGEST_POLL=300

etag=NONE
# wait_for_change SECONDS: returns 0 once the attributes differ from those of the last call, 2 when they do not, and 1
# when the metadata server does not answer.
wait_for_change() {
  local before=$etag
  metadata "instance/attributes/?recursive=true&wait_for_change=true&last_etag=$etag&timeout_sec=$1" \
    --max-time "$(($1 + 30))" --dump-header "$RUN/attributes.header" --output /dev/null 2>"$RUN/attributes.error" || return 1
  etag=$(etag_of "$RUN/attributes.header")
  [[ $etag != "$before" ]] || return 2
}

# Returns 1 and says why; leaves the script when set-up changed, since this script may have changed with it.
synchronise() {
  apply_setup "$LONGEST_SETUP" || return 1
  if was_applied_anew; then
    say 'set-up was applied; restarting with the new files'
    exit 0
  fi
  if systemctl is-failed --quiet buildx-disks.service; then
    because "the local SSDs are not in use; run: journalctl -u buildx-disks, correct what it reports, and reboot"
    return
  fi
  register_runners || return 1
  await_builders
}

# A machine is ready when daemon and builder run. After a boot these take some seconds; one that a job removed is
# back within a minute. A manager has neither.
await_builders() {
  local level end=$((SECONDS + 120))
  [[ -f $LIBRARY/builder.sh ]] || return 0
  for level in $LEVELS; do
    until as_account "$level" "$LIBRARY/builder.sh" is-current >/dev/null 2>&1; do
      if ((SECONDS >= end)); then
        because "the daemon or the builder of level $level does not run; run: buildx-doctor, and do what it says"
        return
      fi
      sleep 0.2
    done
  done
}

# A machine without runners of its own has no tokens to fetch.
register_runners() {
  local version wanted
  [[ -s $LIBRARY/runners.tsv ]] || return 0
  if ! version=$(metadata instance/attributes/buildx-runners-secret 2>"$RUN/secret.error"); then
    because_attribute buildx-runners-secret "$RUN/secret.error"
    return
  fi
  if [[ ! $version =~ ^projects/[A-Za-z0-9:._-]+/secrets/[A-Za-z0-9_-]+/versions/[0-9]+$ ]]; then
    because "the attribute buildx-runners-secret holds '$version' instead of projects/…/secrets/…/versions/N; run pulumi up"
    return
  fi
  wanted="$version $(<"$APPLIED")"
  holds "$REGISTERED" "$wanted" && return 0
  read_secret "$version" || return 1
  hand_over || return 1
  forget_payload
  write_file "$REGISTERED" "$wanted"
}

hand_over() {
  local status=0
  hand_payload_to "$LIBRARY/register.sh" 2>&1 | tee "$RUN/register.log" || status=$?
  ((status == 0)) || because "registration: $(last_complaint "$RUN/register.log")"
}

# The group waits for the first healthy answer.
look_at_health() {
  if [[ $HEALTH_CHECK == yes && ! -e $RUN/health ]]; then systemctl start --no-block buildx-health-check.service 2>/dev/null || true; fi
}

require_root
mkdir -p "$RUN" "$MEMORY"
[[ -e $RUN/status ]] || announce 'booting checking set-up and tokens'
pause=5
patience=1
while true; do
  outcome=0
  wait_for_change "$patience" || outcome=$?
  if ((outcome == 1)); then
    say "the metadata server does not answer: $(head -n 1 "$RUN/attributes.error"); trying again in $pause seconds"
    sleep "$pause"
    pause=$(longer_than "$pause")
    continue
  fi
  if synchronise; then
    announce ready
    look_at_health
    pause=5
    patience=$LONGEST_POLL
  else
    announce_failure "trying again in $pause seconds"
    patience=$pause
    pause=$(longer_than "$pause")
  fi
done
