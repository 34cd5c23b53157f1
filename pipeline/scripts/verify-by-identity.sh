#!/bin/sh
set -eu
# verified REFERENCE OPTION…: tells, as JSON, which signatures by this project's pipelines an image has. Whoever pushes
# a branch can have its pipeline sign as well, so that only pipelines of these refs count.
exactly() { printf '%s' "$1" | sed 's/[^A-Za-z0-9/_-]/[&]/g'; }
refs="heads/$(exactly "$CI_DEFAULT_BRANCH")|tags/v[0-9].*"
if [ "$CI_COMMIT_REF_PROTECTED" = true ]; then
  own=heads
  if [ -n "${CI_COMMIT_TAG:-}" ]; then own=tags; fi
  refs="$refs|$own/$(exactly "$CI_COMMIT_REF_NAME")"
fi
identity="^$(exactly "$CI_PROJECT_URL//$CI_CONFIG_PATH")@refs/($refs)\$"
verified() {
  reference="$1"
  shift
  if [ -e "$DOCKER_CONFIG/trusted-root.json" ]; then
    set -- --trusted-root "$DOCKER_CONFIG/trusted-root.json" "$@"
  fi
  cosign verify --certificate-oidc-issuer "$CI_SERVER_URL" --certificate-identity-regexp "$identity" \
    --output json "$@" "$reference"
}
