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
digest="$(awk -v image="$VALIDATE_IMAGE" '$1 == image && $2 ~ /^sha256:[0-9a-f]+$/ { print $2 }' digests.txt)"
candidate="$REGISTRY_IMAGE/$VALIDATE_IMAGE@${digest:?no candidate of $VALIDATE_IMAGE}"
deadline=$(($(date +%s) + VALIDATE_TIMEOUT))

# A port that answers is not yet a service that does: ask the service itself, with the client of its own image.
if [ -n "${VALIDATE_READY:-}" ]; then
  echo "waiting for $VALIDATE_SERVICE"
  until docker run --rm --network "$network" --entrypoint sh "$VALIDATE_SERVICE" -c "$VALIDATE_READY"; do
    # 125 is the daemon's own failure: waiting would not mend it.
    if [ "$?" -eq 125 ] || [ "$(date +%s)" -ge "$deadline" ]; then
      echo "$VALIDATE_SERVICE was not ready after $VALIDATE_TIMEOUT seconds" >&2
      exit 1
    fi
    sleep 1
  done
fi

entrypoint="$1"
shift
container="validate-$VALIDATE_IMAGE-$CI_JOB_ID"
status=0
timeout "$VALIDATE_TIMEOUT" docker run --rm --init --name "$container" --network "$network" \
  --env-file "$DOCKER_CONFIG/validate.env" --entrypoint "$entrypoint" "$candidate" "$@" || status=$?
docker rm --force "$container" > /dev/null 2>&1 || true
if [ "$status" -ne 0 ]; then
  echo "$VALIDATE_IMAGE failed its validation (exit $status, limit $VALIDATE_TIMEOUT s): no tag has moved" >&2
  exit 1
fi
echo "$VALIDATE_IMAGE is valid: $candidate"
