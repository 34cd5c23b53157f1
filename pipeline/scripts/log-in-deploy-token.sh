#!/bin/sh
set -eu
: "${REGISTRY_PASSWORD:?is not set. The project needs a deploy token called gitlab-deploy-token, with the scopes read_registry and write_registry.}"
printf '%s' "$REGISTRY_PASSWORD" | log_in "$REGISTRY_USER" "$REGISTRY"
