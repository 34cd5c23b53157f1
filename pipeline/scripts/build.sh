#!/bin/sh
set -eu
# Candidates only: no tag that anybody deploys moves before every gate has passed.
candidate_tag() { echo "$REGISTRY_IMAGE/$1:${CELL:+$CELL-}$CI_COMMIT_SHA"; }
candidate_digest() {
  docker buildx imagetools inspect --format '{{print .Manifest.Digest}}' "$(candidate_tag "$1")"
}
# A release is what was built and proven for its commit before; it is built only where there is no such image.
origin=built
if [ -n "${CI_COMMIT_TAG:-}" ]; then
  origin=found
  for image in $IMAGES; do
    candidate_digest "$image" > /dev/null 2>&1 || origin=built
  done
fi
if [ "$origin" = built ]; then
  # What a build stamps with a time, it stamps with the commit's.
  SOURCE_DATE_EPOCH="$(git -c safe.directory="$CI_PROJECT_DIR" log -1 --format=%ct)"
  export SOURCE_DATE_EPOCH
  set -- --push --provenance mode=max
  if [ -n "${SBOM_GENERATOR:-}" ]; then set -- "$@" --sbom "generator=$SBOM_GENERATOR"; fi
  if [ "${REFRESH:-}" = true ]; then set -- "$@" --pull --no-cache; fi
  for image in $IMAGES; do
    set -- "$@" "$(echo "$image${CELL:+_$CELL}" | tr . _)"
  done
  docker buildx bake --file docker-bake.hcl "$@"
fi
mkdir -p candidates
for image in $IMAGES; do
  digest="$(candidate_digest "$image")"
  echo "$image${CELL:+/$CELL} $digest $origin"
done > "candidates/$CI_JOB_ID.txt"
cat "candidates/$CI_JOB_ID.txt"
