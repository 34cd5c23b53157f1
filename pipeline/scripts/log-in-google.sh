#!/bin/sh
set -eu
log_in oauth2accesstoken "$REGISTRY" < "$DOCKER_CONFIG/google/token"
rm -r "$DOCKER_CONFIG/google"
