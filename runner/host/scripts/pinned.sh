# A binary that is pinned by its SHA-256. What was downloaded is held against it before it gets its name, so a file
# that was tampered with, or cut short, is never where it could be run.
# shellcheck shell=bash

digest_of() { sha256sum "$1" | cut -d' ' -f1; }

architecture=$(dpkg --print-architecture)

# wanted_digest NAME PREFIX KEY: of the settings PREFIX_SHA256_AMD64 and the like, this computer's.
wanted_digest() {
  local setting=$2_SHA256_${architecture^^}
  [[ -n ${!setting:-} ]] || fail "no SHA-256 of $1 is set for the architecture $architecture" \
    "$LIBRARY/settings.env" "add $3.sha256.$architecture"
  printf '%s' "${!setting}"
}

# pinned_binary ACTION NAME TARGET SHA256 URL REMEDY: installs it, or with the action is-current only tells whether it is,
# and leaves the script where it is not: to return would be a failed step.
pinned_binary() {
  local action=$1 name=$2 target=$3 wanted=$4 url=$5 remedy=$6 found
  if [[ -x $target && $(digest_of "$target") == "$wanted" ]]; then return 0; fi
  if [[ $action == is-current ]]; then exit 1; fi
  require_root
  mkdir -p "${target%/*}"
  if ! download "$url" "$target.download"; then
    rm -f "$target.download"
    fail "$name could not be downloaded" "$url" "$remedy"
  fi
  found=$(digest_of "$target.download")
  if [[ $found != "$wanted" ]]; then
    rm -f "$target.download"
    fail "${name%% *} has SHA-256 $found instead of $wanted and was not installed" "$url" \
      'find out who changed the file; change the pinned SHA-256 only to what the publisher announces'
  fi
  chmod 0755 "$target.download"
  mv -f "$target.download" "$target"
}
