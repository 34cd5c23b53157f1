#!/bin/sh
set -eu
# sign_image REFERENCE OPTION…. GitLab masks one line, so that the key comes as one. Nothing is told to a public log:
# neither the services to sign with nor those to check against are named.
: "${COSIGN_PRIVATE_KEY:?is not set. It is a protected variable, absent on a branch or tag that is not protected.}"
SIGNING_KEY="$(printf '%s' "$COSIGN_PRIVATE_KEY" | base64 -d)"
export SIGNING_KEY
cosign signing-config create --out "$DOCKER_CONFIG/signing-config.json"
cosign trusted-root create --out "$DOCKER_CONFIG/no-root.json"
sign_image() {
  signed="$1"
  shift
  cosign sign --yes --key env://SIGNING_KEY --signing-config "$DOCKER_CONFIG/signing-config.json" \
    --trusted-root "$DOCKER_CONFIG/no-root.json" "$@" "$signed"
}
