#!/bin/sh
set -eu
# The credentials live in a directory of this job alone, outside the repository and so outside every build context.
mkdir -m 0700 "$DOCKER_CONFIG"
# log_in USER REGISTRY: the password comes by standard input. This image has no Docker CLI, so the file that docker login
# would write is written here.
log_in() {
  server="$2"
  if [ "$server" = docker.io ]; then server=https://index.docker.io/v1/; fi
  auth="$({ printf '%s:' "$1" && tr -d '\n'; } | base64 | tr -d '\n')"
  printf '"%s":{"auth":"%s"}\n' "$server" "$auth" >> "$DOCKER_CONFIG/auths"
  printf '{"auths":{%s}}\n' "$(paste -s -d , "$DOCKER_CONFIG/auths")" > "$DOCKER_CONFIG/config.json"
}
