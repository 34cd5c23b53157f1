#!/bin/sh
set -eu
# A branch may be called anything; it never takes the place of a release, of a candidate or of latest.
tag="$CI_COMMIT_REF_SLUG"
if [ "$tag" = latest ] || printf '%s' "$tag" | grep -Eq '^([0-9a-f]{40}|v?[0-9].*)$'; then
  tag="branch-$tag"
fi
for image in $IMAGES; do
  digest="$(awk -v image="$image" '$1 == image && $2 ~ /^sha256:[0-9a-f]+$/ { print $2 }' digests.txt)"
  candidate="$REGISTRY_IMAGE/$image@${digest:?no candidate of $image}"
  tags="$tag"
  set -- --tag "$REGISTRY_IMAGE/$image:$tag"
  if [ "${CI_COMMIT_BRANCH:-}" = "$CI_DEFAULT_BRANCH" ]; then
    tags="$tag and latest"
    set -- "$@" --tag "$REGISTRY_IMAGE/$image:latest"
  fi
  # Without --prefer-index=false the digest would change: a single manifest would be wrapped in an index.
  docker buildx imagetools create --prefer-index=false "$@" "$candidate"
  echo "promoted $candidate to $tags"
done
