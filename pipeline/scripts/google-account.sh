#!/bin/sh
set -eu
# The service account lends its rights to the pool's identity. The access token goes into a header, which the wget of
# this image takes as an argument only, for every process on the host to read; curl reads it from standard input.
iam="${GOOGLE_IAM_URL:-https://iamcredentials.googleapis.com}"
if ! sed 's/.*/header = "Authorization: Bearer &"/' "$DOCKER_CONFIG/google/token" |
  docker run --rm --interactive --quiet --env HTTPS_PROXY --env NO_PROXY "$CURL_IMAGE" --config - \
    --silent --show-error --fail-with-body --max-time 60 --header 'Content-Type: application/json' \
    --data '{"scope":["https://www.googleapis.com/auth/cloud-platform"]}' \
    "$iam/v1/projects/-/serviceAccounts/$REGISTRY_SERVICE_ACCOUNT:generateAccessToken" \
    > "$DOCKER_CONFIG/google/answer"; then
  echo "no access token for $REGISTRY_SERVICE_ACCOUNT: $(sed -n 's/.*"message": *"\([^"\\]*\)".*/\1/p' "$DOCKER_CONFIG/google/answer")" >&2
  exit 1
fi
tr -d '\r\n' < "$DOCKER_CONFIG/google/answer" |
  sed -n 's/.*[{,] *"accessToken" *: *"\([A-Za-z0-9._~+/=-]*\)" *[,}].*/\1/p' > "$DOCKER_CONFIG/google/token"
if ! grep -Eq '^.{20}' "$DOCKER_CONFIG/google/token"; then
  echo "no access token for $REGISTRY_SERVICE_ACCOUNT: the answer of $iam holds none" >&2
  exit 1
fi
