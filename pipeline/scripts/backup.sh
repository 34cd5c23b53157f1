#!/bin/sh
set -eu
# One directory for each backup, which stands for itself: a layout for each image, with all that refers to it.
NAME="$(date -u +%Y%m%dT%H%M%SZ)-$CI_PIPELINE_ID"
: > backup.txt
for candidate in $CANDIDATES; do
  image="${candidate%%/*}"
  cell="$(echo "$candidate" | cut -s -d / -f 2)"
  pattern="$(echo "${cell:+$cell-}" | sed 's/[.]/[.]/g')"
  tags="$(oras repo tags --registry-config /dev/stdin "$REGISTRY_IMAGE/$image" |
    { grep -Ex "${pattern}v?[0-9]+(\.[0-9]+(\.[0-9]+([-_][0-9A-Za-z._-]+)?)?)?" || true; })"
  for tag in "${cell:-latest}" $tags; do
    source="$REGISTRY_IMAGE/$image:$tag"
    if ! digest="$(oras resolve --registry-config /dev/stdin "$source")"; then
      echo "nothing is backed up: $source is missing. Has this project promoted it?" >&2
      exit 1
    fi
    if grep -qxF "$image $tag $digest" backup.txt; then continue; fi
    oras cp --recursive --from-registry-config /dev/stdin --to-oci-layout "$REGISTRY_IMAGE/$image@$digest" "backup/$image:$tag" > copied.txt
    echo "$image $tag $digest" >> backup.txt
    echo "$source is $digest"
  done
done
proven backup
in_volume 'sort sums > sent; cat > backup/backup.txt' < backup.txt
set --
if [ "$RETENTION_DAYS" -gt 0 ]; then
  set -- --s3-object-lock-mode COMPLIANCE --s3-object-lock-retain-until-date "${RETENTION_DAYS}d"
fi
# The list comes last: a backup without it is none.
rclone copy --immutable --exclude /backup.txt "$@" backup "bucket:$BACKUP_PATH/$NAME"
in_volume 'rm -r backup/*/'
rclone copy "bucket:$BACKUP_PATH/$NAME" readback
proven readback
in_volume 'sort sums | cmp - sent'
rclone copy --immutable --include /backup.txt "$@" backup "bucket:$BACKUP_PATH/$NAME"
if [ "$RETENTION_DAYS" -gt 0 ]; then
  open="$(rclone lsf --recursive --files-only --metadata --metadata-exclude object-lock-mode=COMPLIANCE \
    "bucket:$BACKUP_PATH/$NAME")"
  if [ -n "$open" ]; then
    echo "the bucket keeps nobody from deleting these files; it needs object lock:" >&2
    echo "$open" >&2
    exit 1
  fi
fi
echo "backup $NAME holds $(wc -l < backup.txt) tags, read back and proven"
