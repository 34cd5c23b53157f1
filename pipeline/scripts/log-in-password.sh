#!/bin/sh
set -eu
: "${REGISTRY_PASSWORD:?is not set. A protected variable is absent on a branch or tag that is not protected.}"
printf '%s' "$REGISTRY_PASSWORD" | log_in "$REGISTRY_USER" "$REGISTRY"
