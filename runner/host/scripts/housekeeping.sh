#!/bin/bash
# Removes what cancelled jobs left in the daemon of the level whose account runs this. Running containers, and what
# they use, are never touched, nor is the builder or its state.
set -Eeuo pipefail
# shellcheck source=lib.sh
. /usr/local/lib/buildx-runners/lib.sh
trap explain_failure ERR

take_own_level

# Gigabytes of free space below which images are removed, too, whatever their age.
low_space=${LOW_SPACE_GB:-10}

free_gigabytes() { df --output=avail --block-size=1G "$(level_directory "$level")/home" | tail -1 | tr -d ' '; }

# After a manager was killed, a job's containers go on without it. No build job takes a week.
stop_forsaken_job_containers() {
  local id started limit
  limit=$(($(date +%s) - 7 * 86400))
  for id in $(docker ps --quiet --filter label=com.gitlab.gitlab-runner.managed=true); do
    started=$(date -d "$(docker inspect --format '{{.State.StartedAt}}' "$id")" +%s)
    ((started > limit)) || docker rm --force --volumes "$id"
  done
}

# Volumes have no age filter: an unused one counts as left behind once it is a day old. State volumes are caches of
# builders, this level's and those that a project keeps for itself.
remove_old_volumes() {
  local name created limit
  limit=$(($(date +%s) - 86400))
  for name in $(docker volume ls --quiet --filter dangling=true); do
    [[ $name == buildx_buildkit_*_state ]] && continue
    created=$(date -d "$(docker volume inspect --format '{{.CreatedAt}}' "$name")" +%s)
    ((created > limit)) || docker volume rm "$name" || true
  done
}

# Builders that jobs created under other names, unused for a day, are removed with their state.
remove_old_builders() {
  local name state
  docker ps --all --format '{{.Names}}' --filter name='^buildx_buildkit_' --filter status=exited \
    --filter status=created --filter status=dead | while read -r name; do
    [[ $name == "$BUILDER_CONTAINER" ]] && continue
    state=$(docker inspect --format '{{.State.FinishedAt}}' "$name")
    (($(date -d "$state" +%s) > $(date +%s) - 86400)) || docker rm --force "$name"
  done
  for name in $(docker volume ls --quiet --filter dangling=true --filter name='^buildx_buildkit_.*_state$'); do
    [[ $name == "${BUILDER_CONTAINER}_state" ]] || docker volume rm "$name" || true
  done
}

say "free before: $(free_gigabytes) GB"
stop_forsaken_job_containers
remove_old_builders
docker container prune --force --filter until=24h
docker network prune --force --filter until=24h
remove_old_volumes
docker image prune --force --filter until=24h
docker image prune --all --force --filter until=168h --filter label!=buildx-runners.keep
if (($(free_gigabytes) < low_space)); then
  say "less than $low_space GB free: removing every image that no container uses, and the unused build cache"
  docker image prune --all --force
  docker exec "$BUILDER_CONTAINER" buildctl prune --keep-storage 1000 || true
fi
say "free after: $(free_gigabytes) GB"
