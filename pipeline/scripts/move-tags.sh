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
# A line IMAGE DIGEST TAG… for each image that moves: all of them are known before the first one does.
MOVES="$(mktemp)"
# By digest, without building or pulling anything. A mirror that cannot be written to stops it before anything moves in the
# project's own registry.
move_tags() {
  for registry in ${MIRRORS:-} "$REGISTRY_IMAGE"; do
    while read -r image digest tags; do
      repository="$registry/${image#"$REGISTRY_IMAGE"/}"
      set --
      for tag in $tags; do set -- "$@" --tag "$repository:$tag"; done
      # Without --prefer-index=false the digest would change: a single manifest would be wrapped in an index.
      docker buildx imagetools create --prefer-index=false "$@" "$image@$digest" < /dev/null
      for tag in $tags; do echo "$repository:$tag is $image@$digest"; done
    done < "$MOVES"
  done
}
