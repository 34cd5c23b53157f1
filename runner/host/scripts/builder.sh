#!/bin/bash
# Keeps the builder of the level whose account runs this: `ensure` creates it, `fetch` only gets its image, `is-current`
# tells whether it is up to date, `watch` is what the timer runs (a job with the socket can remove the builder;
# this restores it).
#
# The container has the name and the state volume that buildx itself would give it, so that every buildx which knows
# a builder called buildx-runners finds this one. It is made here and not by buildx for what buildx cannot do: mount
# this host's certificates, and start again with the daemon. It is privileged within the rootless daemon's user
# namespace, as BuildKit wants it; outside, that is the account's rights and no more.
set -Eeuo pipefail
# shellcheck source=lib.sh
. /usr/local/lib/buildx-runners/lib.sh
trap explain_failure ERR

take_own_level
configuration=$LIBRARY/$level/buildkitd.toml
bundle=/etc/ssl/certs/ca-certificates.crt

# What the container is made of. The image counts by its id: a tag that moved is a changed image.
wanted_mark() { fingerprint "$configuration" "$bundle" "$LIBRARY/builder.sh" "$BUILDKIT_IMAGE" "$HTTP_PROXY_URL $HTTPS_PROXY_URL $NO_PROXY_LIST"; }
container_mark() { docker inspect --format '{{index .Config.Labels "buildx-runners.mark"}}' "$BUILDER_CONTAINER" 2>/dev/null; }
container_runs() { [[ $(docker inspect --format '{{.State.Running}}' "$BUILDER_CONTAINER" 2>/dev/null) == true ]]; }
builder_answers() { docker exec "$BUILDER_CONTAINER" buildctl debug workers; }
is_registered() { docker buildx inspect buildx-runners >/dev/null 2>&1; }
is_current() { container_runs && [[ $(container_mark) == "$(wanted_mark)" ]] && is_registered; }

fetch_image() {
  docker image inspect "$BUILDKIT_IMAGE" >/dev/null 2>&1 && return
  docker pull --quiet "$BUILDKIT_IMAGE" >/dev/null || fail "the BuildKit image $BUILDKIT_IMAGE could not be pulled" \
    "Docker daemon of level $level" \
    "allow access to its registry, add a mirror (registryMirrors), or load the image: docker -H $DOCKER_HOST load"
}

create_container() {
  local -a proxy=()
  [[ -n $HTTP_PROXY_URL ]] && proxy+=(--env "HTTP_PROXY=$HTTP_PROXY_URL")
  [[ -n $HTTPS_PROXY_URL ]] && proxy+=(--env "HTTPS_PROXY=$HTTPS_PROXY_URL")
  ((${#proxy[@]})) && proxy+=(--env "NO_PROXY=$NO_PROXY_LIST")
  # Only the container is removed: its state, the cache, is in a volume.
  docker rm --force "$BUILDER_CONTAINER" >/dev/null 2>&1 || true
  docker create --quiet --name "$BUILDER_CONTAINER" --privileged --init --restart always \
    --label "buildx-runners.mark=$(wanted_mark)" "${proxy[@]}" \
    --volume "${BUILDER_CONTAINER}_state:/var/lib/buildkit" \
    --volume "$configuration:/etc/buildkit/buildkitd.toml:ro" \
    --volume "$bundle:$bundle:ro" \
    "$BUILDKIT_IMAGE" --config /etc/buildkit/buildkitd.toml >/dev/null
}

# Set-up and the timer may both find it missing; the second one waits, then finds it.
one_at_a_time() {
  exec 8>"$HOME/builder.lock"
  flock -w 240 8 || fail 'another run has held this lock for 4 minutes' "$HOME/builder.lock" \
    "run: systemctl status buildx-builder@$level.service"
}

ensure() {
  one_at_a_time
  fetch_image
  [[ $(container_mark) == "$(wanted_mark)" ]] || create_container
  container_runs || docker start "$BUILDER_CONTAINER" >/dev/null
  wait_for 60 builder_answers || fail "BuildKit does not answer in $BUILDER_CONTAINER" \
    "docker -H $DOCKER_HOST logs $BUILDER_CONTAINER" 'read its log: it names the mistake if buildkitd.toml is wrong'
  is_registered && return
  docker buildx rm --keep-daemon --keep-state buildx-runners >/dev/null 2>&1 || true
  docker buildx create --name buildx-runners --driver docker-container >/dev/null
}

daemon_answers() { docker version; }

case ${1:-} in
  ensure) ensure ;;
  fetch) fetch_image ;;
  is-current) is_current || exit 1 ;;
  watch)
    wait_for 60 daemon_answers
    is_current && exit
    say "the builder of level $level was missing, stopped or changed: creating it again"
    ensure
    ;;
  *) fail "unknown argument '${1:-}'" builder.sh 'use ensure, fetch, is-current or watch' ;;
esac
