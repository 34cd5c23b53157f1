#!/bin/sh
set -eu
# oras and rclone run in containers of this host's daemon, on a volume that ends with this job. Credentials go in by
# standard input or by the name of a variable, never as an argument.
VOLUME="operation-$CI_JOB_ID"
docker volume create "$VOLUME" > /dev/null
TRUST=/etc/ssl/certs/ca-certificates.crt
on_volume() {
  docker run --rm --interactive --quiet --volume "$VOLUME:/work" --volume "$TRUST:$TRUST:ro" --workdir /work "$@"
}
oras() {
  verb="$1"
  shift
  on_volume "$ORAS_IMAGE" "$verb" "$@" < "$DOCKER_CONFIG/config.json"
}
export RCLONE_CONFIG_BUCKET_TYPE=s3 RCLONE_CONFIG_BUCKET_PROVIDER="$BACKUP_PROVIDER"
export RCLONE_CONFIG_BUCKET_REGION="$BACKUP_REGION" RCLONE_CONFIG_BUCKET_ENDPOINT="$BACKUP_ENDPOINT"
export RCLONE_CONFIG_BUCKET_ACCESS_KEY_ID="${BACKUP_ACCESS_KEY_ID:?is not set. It is a protected variable of this project.}"
export RCLONE_CONFIG_BUCKET_SECRET_ACCESS_KEY="${BACKUP_SECRET_ACCESS_KEY:?is not set. It is a protected variable of this project.}"
rclone() {
  on_volume --env RCLONE_CONFIG_BUCKET_TYPE --env RCLONE_CONFIG_BUCKET_PROVIDER --env RCLONE_CONFIG_BUCKET_REGION \
    --env RCLONE_CONFIG_BUCKET_ENDPOINT --env RCLONE_CONFIG_BUCKET_ACCESS_KEY_ID \
    --env RCLONE_CONFIG_BUCKET_SECRET_ACCESS_KEY --env RCLONE_S3_NO_CHECK_BUCKET=true \
    "$RCLONE_IMAGE" --config /dev/null "$@" < /dev/null
}
# in_volume SCRIPT: a shell on the volume.
in_volume() { on_volume --entrypoint sh "$RCLONE_IMAGE" -euc "$1"; }
# proven DIRECTORY: whether every blob in it is what its name says, and there is one for each that is asked for.
proven() {
  in_volume "cd '$1' && find . -path '*/blobs/sha256/*' -type f | awk -F / '{ print \$NF \"  \" \$0 }' > ../sums &&
    test -s ../sums && sha256sum -c ../sums > ../checked || { grep -v ': OK\$' ../checked >&2; exit 1; }"
  while read -r image tag digest; do
    found="$(oras resolve --oci-layout "$1/$image:$tag")"
    if [ "$found" != "$digest" ]; then
      echo "$image:$tag is $found there, not $digest" >&2
      return 1
    fi
  done < backup.txt
}
