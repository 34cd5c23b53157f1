#!/bin/sh
set -eu
# The credentials live in a directory of this job alone, outside the repository and so outside every build context.
: "${REGISTRY_PASSWORD:?is not set. A protected variable is absent on a branch or tag that is not protected.}"
mkdir -m 0700 "$DOCKER_CONFIG"
printf '%s' "$REGISTRY_PASSWORD" |
  docker login --username "$REGISTRY_USER" --password-stdin "$REGISTRY"
