#!/bin/sh
set -eu
# A pipeline that was overtaken leaves the tags to the newer one, and never moves them back.
refs="$(git -c safe.directory="$CI_PROJECT_DIR" ls-remote origin "refs/heads/$CI_COMMIT_REF_NAME")"
head="$(echo "$refs" | cut -f 1)"
if [ "$head" != "${CI_MERGE_REQUEST_SOURCE_BRANCH_SHA:-$CI_COMMIT_SHA}" ]; then
  echo "$CI_COMMIT_REF_NAME is at ${head:-no commit any more}, not at $CI_COMMIT_SHA: no tag moves"
  exit 0
fi
for candidate in $CANDIDATES; do
  image="$REGISTRY_IMAGE/${candidate%%/*}"
  cell="$(echo "$candidate" | cut -s -d / -f 2)"
  digest="$(digest_of "$candidate")"
  set -- "${cell:+$cell-}$(branch_tag)"
  if [ "${CI_COMMIT_BRANCH:-}" = "$CI_DEFAULT_BRANCH" ] && [ "$CI_COMMIT_REF_PROTECTED" = true ]; then
    set -- "$@" "${cell:-latest}"
  fi
  echo "$image $digest $*"
done > "$MOVES"
move_tags
