#!/bin/sh
set -eu
# Proves that it builds; nothing is pushed but the cache of this branch.
docker buildx bake --file docker-bake.hcl --set '*.output=type=cacheonly' "$(echo "${IMAGES}_$CELL" | tr . _)"
