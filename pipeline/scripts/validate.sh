#!/bin/sh
set -eu
# The service listens on the network of this job, so the candidate joins that network.
network="${CI_BUILD_NETWORK_NAME:-}"
if [ -z "$network" ]; then
  self="$(docker ps --quiet --filter "label=com.gitlab.gitlab-runner.job.id=$CI_JOB_ID" \
    --filter label=com.gitlab.gitlab-runner.type=build)"
  network="$(docker inspect --format '{{range $name, $_ := .NetworkSettings.Networks}}{{println $name}}{{end}}' \
    "${self:-$(hostname)}" | head -n 1)"
fi
candidate="$VALIDATE_IMAGE${CELL:+/$CELL}"
image="$REGISTRY_IMAGE/$VALIDATE_IMAGE@$(digest_of "$candidate")"
deadline=$(($(date +%s) + VALIDATE_TIMEOUT))

# What the service had to say, found by the name under which the job knows it.
service_log() {
  for container in $(docker network inspect --format '{{range $id, $_ := .Containers}}{{println $id}}{{end}}' "$network"); do
    aliases="$(docker inspect --format "{{json .NetworkSettings.Networks}}" "$container")"
    case "$aliases" in *"\"$VALIDATE_ALIAS\""*) docker logs --tail 50 "$container" ;; esac
  done
}
fail() {
  echo "the last words of $VALIDATE_SERVICE:"
  service_log 2>&1 || true
  echo "$candidate failed its validation: $1. No tag has moved." >&2
  exit 1
}

# A port that answers is not yet a service that does: ask the service itself, with the client of its own image.
if [ -n "${VALIDATE_READY:-}" ]; then
  echo "waiting for $VALIDATE_SERVICE"
  until docker run --rm --network "$network" --env-file "$DOCKER_CONFIG/validate.env" --entrypoint sh \
    "$VALIDATE_SERVICE" -c "$VALIDATE_READY"; do
    # 125 is the daemon's own failure: waiting would not mend it.
    if [ "$?" -eq 125 ]; then fail "the daemon could not ask whether $VALIDATE_SERVICE is ready"; fi
    if [ "$(date +%s)" -ge "$deadline" ]; then fail "$VALIDATE_SERVICE was not ready after $VALIDATE_TIMEOUT s"; fi
    sleep 1
  done
fi

entrypoint="$1"
shift
container="validate-$VALIDATE_IMAGE-$CI_JOB_ID"
if [ -n "$VALIDATE_DIRECTORY" ]; then set -- --workdir "$VALIDATE_DIRECTORY" "$image" "$@"; else set -- "$image" "$@"; fi
status=0
timeout "$VALIDATE_TIMEOUT" docker run --rm --init --name "$container" --network "$network" \
  --env-file "$DOCKER_CONFIG/validate.env" --entrypoint "$entrypoint" "$@" || status=$?
docker rm --force "$container" > /dev/null 2>&1 || true
if [ "$status" -ne 0 ]; then fail "exit $status, within a limit of $VALIDATE_TIMEOUT s"; fi
echo "$candidate is valid: $image"
