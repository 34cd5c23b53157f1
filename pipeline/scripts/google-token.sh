#!/bin/sh
set -eu
# The job's ID token buys an access token that is good for an hour at most: no key is kept anywhere. BuildKit cannot get
# a new one while it builds, so that a build of more than an hour cannot push.
: "${REGISTRY_ID_TOKEN:?is not set. GitLab has issued no ID token for this job.}"
google="$DOCKER_CONFIG/google"
sts="${GOOGLE_STS_URL:-https://sts.googleapis.com}"
mkdir -m 0700 "$google"
printf '%s&audience=//iam.googleapis.com/%s&scope=%s&requested_token_type=%s&subject_token_type=%s&subject_token=%s' \
  grant_type=urn:ietf:params:oauth:grant-type:token-exchange "$REGISTRY_PROVIDER" \
  https://www.googleapis.com/auth/cloud-platform urn:ietf:params:oauth:token-type:access_token \
  urn:ietf:params:oauth:token-type:jwt "$REGISTRY_ID_TOKEN" > "$google/request"
if ! timeout 60 wget -O "$google/answer" --post-file "$google/request" "$sts/v1/token" 2> "$google/said"; then
  echo "no access token from $sts: $(sed "/^$/d" "$google/said" | tail -n 1)" >&2
  echo "If it said 400 or 403: compare the provider's issuer, audiences and condition with this job's ID token." >&2
  exit 1
fi
tr -d '\r\n' < "$google/answer" |
  sed -n 's/.*[{,] *"access_token" *: *"\([A-Za-z0-9._~+/=-]*\)" *[,}].*/\1/p' > "$google/token"
if ! grep -Eq '^.{20}' "$google/token"; then
  echo "no access token from $sts: its answer holds none" >&2
  exit 1
fi
