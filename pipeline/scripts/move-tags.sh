#!/bin/sh
set -eu
# A branch may be called anything; its tag never takes the place of a release, of a candidate or of latest.
branch_tag() {
  if [ "$CI_COMMIT_REF_SLUG" = latest ] ||
    echo "$CI_COMMIT_REF_SLUG" | grep -Eq '^([0-9a-f]{40}|v?[0-9].*)$'; then
    echo "branch-$CI_COMMIT_REF_SLUG"
  else
    echo "$CI_COMMIT_REF_SLUG"
  fi
}
# move_tags IMAGE DIGEST TAG…: by digest, without building or pulling anything. A mirror that cannot be written to stops
# it before anything moves in the project's own registry.
move_tags() {
  moved="$1@$2"
  repository="${1#"$REGISTRY_IMAGE"/}"
  shift 2
  for registry in ${MIRRORS:-} "$REGISTRY_IMAGE"; do
    for tag in "$@"; do
      # Without --prefer-index=false the digest would change: a single manifest would be wrapped in an index.
      docker buildx imagetools create --prefer-index=false --tag "$registry/$repository:$tag" "$moved"
      echo "$registry/$repository:$tag is $moved"
    done
  done
}
