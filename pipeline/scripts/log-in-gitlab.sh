#!/bin/sh
set -eu
: "${REGISTRY_PASSWORD:?is not set. Is the container registry of this project switched on?}"
printf '%s' "$REGISTRY_PASSWORD" | log_in "$REGISTRY_USER" "$REGISTRY"
