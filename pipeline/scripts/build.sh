#!/bin/sh
set -eu
# Candidates only: no tag that anybody deploys moves before every check has passed.
docker buildx bake --file "$DOCKER_CONFIG/docker-bake.hcl" --push --provenance mode=max
for image in $IMAGES; do
  digest="$(docker buildx imagetools inspect --format '{{print .Manifest.Digest}}' "$REGISTRY_IMAGE/$image:$CI_COMMIT_SHA")"
  echo "$image $digest"
done > digests.txt
cat digests.txt
