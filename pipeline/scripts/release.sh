#!/bin/sh
set -eu
if [ "$CI_COMMIT_REF_PROTECTED" != true ]; then
  echo "$CI_COMMIT_TAG is no protected tag, and only those release. Protect v* in Settings > Repository." >&2
  exit 1
fi
version="${CI_COMMIT_TAG#v}"
number='(0|[1-9][0-9]*)'
if ! echo "$version" | grep -Eqx "$number\.$number\.$number(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?"; then
  echo "$CI_COMMIT_TAG is no semantic version (v1.2.3, v1.2.3-rc.1): it releases nothing" >&2
  exit 1
fi
# A tag of an image cannot hold a plus sign.
full="$(echo "$version" | tr + _)"
tags="$full"
# The versions of other releases, one in a line as three numbers.
releases="$(git -c safe.directory="$CI_PROJECT_DIR" ls-remote --tags --refs origin)"
releases="$(echo "$releases" |
  sed -En "s#^.*refs/tags/v?($number)\.($number)\.($number)\$#\1 \3 \5#p")"
# newest MAJOR [MINOR]: whether no higher release of this line exists, so that a late patch moves nothing back.
newest() {
  echo "$releases" | awk -v version="$version" -v major="$1" -v minor="${2:-}" '
    BEGIN { split(version, own, ".") }
    $1 == major && (minor == "" || $2 == minor) &&
      ($2 > own[2] + 0 || ($2 == own[2] + 0 && $3 > own[3] + 0)) { exit_code = 1 }
    END { exit exit_code }'
}
case "$version" in
  # A prerelease is found by those who ask for it by name, and by nobody else.
  *-*) ;;
  *)
    major="${version%%.*}"
    minor="${version#*.}"
    minor="${minor%%.*}"
    if newest "$major" "$minor"; then tags="$tags $major.$minor"; fi
    # Before 1.0.0 every minor release may break what the last one did.
    if [ "$major" != 0 ] && newest "$major"; then tags="$tags $major"; fi
    ;;
esac
for candidate in $CANDIDATES; do
  image="$REGISTRY_IMAGE/${candidate%%/*}"
  cell="$(echo "$candidate" | cut -s -d / -f 2)"
  digest="$(digest_of "$candidate")"
  set --
  for tag in $tags; do set -- "$@" "${cell:+$cell-}$tag"; done
  echo "$image $digest $*"
done > "$MOVES"
move_tags
