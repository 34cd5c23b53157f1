#!/bin/sh
set -eu
# The credentials live in a directory of this job alone, outside the repository and so outside every build context.
mkdir -m 0700 "$DOCKER_CONFIG"
# log_in USER REGISTRY: the password comes by standard input.
log_in() {
  docker login --username "$1" --password-stdin "$2"
}
