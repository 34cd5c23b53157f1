#!/bin/sh
set -eu
# AWS wants signed requests, so that its own tool asks, in a container of this host's daemon. The ID token goes in by
# standard input, a password that is good for 12 hours comes out by standard output.
: "${REGISTRY_ID_TOKEN:?is not set. GitLab has issued no ID token for this job.}"
if ! printf '%s' "$REGISTRY_ID_TOKEN" |
  docker run --rm --interactive --quiet --env HTTPS_PROXY --env NO_PROXY --env AWS_ENDPOINT_URL \
    --env AWS_ROLE_ARN="$REGISTRY_ROLE" --env AWS_ROLE_SESSION_NAME="gitlab-$CI_PROJECT_ID-$CI_JOB_ID" \
    --env AWS_WEB_IDENTITY_TOKEN_FILE=/dev/stdin \
    "$AWS_CLI_IMAGE" ecr get-login-password --region "$REGISTRY_REGION" > "$DOCKER_CONFIG/aws-password"; then
  echo "no password for $REGISTRY: is $REGISTRY_ROLE open to this job's ID token, and may it ecr:GetAuthorizationToken?" >&2
  exit 1
fi
if ! grep -Eqx '[A-Za-z0-9+/=._-]{20,}' "$DOCKER_CONFIG/aws-password"; then
  echo "no password for $REGISTRY: the answer holds none" >&2
  exit 1
fi
log_in AWS "$REGISTRY" < "$DOCKER_CONFIG/aws-password"
rm "$DOCKER_CONFIG/aws-password"
