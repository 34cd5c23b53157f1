#!/bin/bash
# Gives every level's daemon the images that its first jobs need, and tells what the daemon has, one line each:
# level, reference, id.
#
#   pull-images.sh IMAGE [HELPFUL-IMAGE...]
#
# Without the first one no job would start; the others only save the first job some time.
set -Eeuo pipefail
# shellcheck source=../runner/host/scripts/lib.sh
. /usr/local/lib/buildx-runners/lib.sh
trap explain_failure ERR

pull() { as_account "$1" docker pull --quiet "$2" </dev/null >/dev/null; }

for level in ${LEVELS:?}; do
  pull "$level" "$1" || fail "the image $1 could not be pulled" "Docker daemon of level $level" \
    'allow access to its registry from here, or add a mirror of it (registryMirrors)'
  for image in "${@:2}"; do
    pull "$level" "$image" || printf 'attention  level %s will pull %s for its first job: it could not be pulled now\n' "$level" "$image" >&2
  done
  as_account "$level" docker image ls --no-trunc --format "$level{{\"\t\"}}{{.Repository}}:{{.Tag}}{{\"\t\"}}{{.ID}}" </dev/null
done
