#!/bin/sh
set -eu
# sign_image REFERENCE OPTION…: with a key of this moment, for which Sigstore certifies the job's ID token.
: "${SIGSTORE_ID_TOKEN:?is not set. GitLab has issued no ID token for this job.}"
sign_image() {
  signed="$1"
  shift
  if [ -e "$DOCKER_CONFIG/trusted-root.json" ]; then
    set -- --trusted-root "$DOCKER_CONFIG/trusted-root.json" \
      --signing-config "$DOCKER_CONFIG/signing-config.json" "$@"
  fi
  cosign sign --yes "$@" "$signed"
}
