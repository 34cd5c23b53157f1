# How a machine of Google Cloud reads its metadata server, and reports its status: to the serial console, and to the guest
# attribute that `gcloud compute instances get-guest-attributes NAME --query-path=buildx-runners/` shows.
# https://cloud.google.com/compute/docs/metadata/querying-metadata
# https://cloud.google.com/compute/docs/metadata/manage-guest-attributes
# shellcheck shell=bash

METADATA=http://169.254.169.254/computeMetadata/v1
# State of this boot, lost at the next one.
RUN=/run/buildx-runners
# Persistent state: the set-up that was applied, the secret that was registered.
MEMORY=/var/lib/buildx-runners/cloud
export METADATA RUN MEMORY

# Why the last step did not succeed, in a sentence. `because SENTENCE` says it, and returns 1.
failure=
because() {
  failure=$1
  return 1
}

# metadata PATH [OPTION OF CURL…]: the value, to standard output. Never through a proxy: the address is the machine's.
# Google asks for retries: while a host is maintained, the server answers 503 for a moment.
metadata() {
  local path=$1
  shift
  curl --silent --show-error --fail --noproxy '*' --connect-timeout 5 --max-time 30 \
    --retry 3 --retry-delay 1 --header 'Metadata-Flavor: Google' "$@" -- "$METADATA/$path"
}

# because_attribute NAME ERRORS: why an attribute could not be read, by what curl said of it.
because_attribute() {
  local said
  said=$(head -n 1 "$2")
  case $said in
    *' 404') because "this machine has no attribute $1; the group's all-instances configuration sets it: run pulumi up" ;;
    *) because "the attribute $1 could not be read from the metadata server ($said)" ;;
  esac
}

# etag_of FILE: of an answer whose headers are in the file; what a long poll is to differ from. NONE asks for an answer
# at once.
etag_of() {
  local etag
  etag=$(awk 'tolower($1) == "etag:" { gsub(/[\r"]/, "", $2); print $2 }' "$1")
  printf '%s' "${etag:-NONE}"
}

# If no process reads there, a write could wait for ever.
console() {
  local device=/dev/ttyS0
  [[ -c $device ]] || device=/dev/console
  [[ -c $device ]] || return 0
  printf 'buildx-runners: %s\n' "$1" | timeout 2 tee "$device" >/dev/null 2>&1 || true
}

# announce STATUS: `booting <step>`, `ready`, `failed <sentence>`, `draining` or `drained`. Google lets a machine write
# ten values a minute, so one that was written already is not written again.
announce() {
  local text=${1//[[:cntrl:]]/ }
  text=${text:0:1500}
  [[ -f $RUN/status && $(<"$RUN/status") == "$text" ]] && return 0
  printf 'buildx-runners: %s\n' "$text"
  console "$text"
  mkdir -p "$RUN"
  rm -f "$RUN/status"
  metadata instance/guest-attributes/buildx-runners/status --max-time 5 --retry 2 --retry-delay 1 --request PUT \
    --data-raw "$text" --output /dev/null 2>"$RUN/announce.error" || return 0
  printf '%s\n' "$text" >"$RUN/status"
}

announce_failure() { announce "failed $failure; $1"; }

# Doubles from 5 seconds to 5 minutes.
longer_than() { printf '%s' "$(($1 * 2 > 300 ? 300 : $1 * 2))"; }
