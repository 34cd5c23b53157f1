#!/bin/sh
set -eu
# Whoever starts the job types both, so that they are held to what they may be.
case "${RESTORE_FROM:-newest}" in
  newest) NAME="$(rclone lsf --dirs-only "bucket:$BACKUP_PATH" | tr -d / | sort | { grep '^[0-9]' || true; } | tail -n 1)" ;;
  *) NAME="$RESTORE_FROM" ;;
esac
if ! echo "$NAME" | grep -Eqx '[0-9]{8}T[0-9]{6}Z-[0-9]+'; then
  echo "RESTORE_FROM is the name of a backup, such as 20260131T030000Z-4711, or empty for the newest; there is no '$NAME'" >&2
  exit 1
fi
if ! echo "$RESTORE_TO" | grep -Eqx -e '-[a-z0-9]+(-[a-z0-9]+)*'; then
  echo "RESTORE_TO is what is added to the images' names, such as -restored: nothing in use is overwritten" >&2
  exit 1
fi
rclone copy "bucket:$BACKUP_PATH/$NAME" backup
if ! in_volume 'cat backup/backup.txt' > backup.txt || [ ! -s backup.txt ]; then
  echo "backup $NAME has no list: it was never completed. Restore another one." >&2
  exit 1
fi
proven backup
while read -r image tag digest; do
  target="$REGISTRY_IMAGE/$image$RESTORE_TO:$tag"
  oras cp --recursive --from-oci-layout --to-registry-config /dev/stdin "backup/$image@$digest" "$target" > copied.txt
  found="$(oras resolve --registry-config /dev/stdin "$target")"
  if [ "$found" != "$digest" ]; then
    echo "$target is $found, not $digest" >&2
    exit 1
  fi
  echo "$target is $digest"
done < backup.txt
# For the review, which asks when this was done last.
in_volume 'mkdir restored' && in_volume "echo $NAME > restored/$(date -u +%Y%m%dT%H%M%SZ)-$CI_PIPELINE_ID"
rclone copy restored "bucket:$BACKUP_PATH/restored"
echo "backup $NAME is restored: $(wc -l < backup.txt) tags"
