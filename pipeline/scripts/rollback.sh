#!/bin/sh
set -eu
# What is there now is written down before anything moves, so that the way back is known whatever happens.
if [ ! -s rollback/images.txt ]; then
  echo "the job rollback has named no image: start it again. Nothing has moved" >&2
  exit 1
fi
digest_at() { docker buildx imagetools inspect --format '{{print .Manifest.Digest}}' "$1" 2> /dev/null || echo none; }
migration_of() {
  docker buildx imagetools inspect --format '{{json .Image}}' "$1" | tr '{' , | tr , '\n' |
    awk -F '"' -v label="$MIGRATION_LABEL" '
      $2 == label && !found { found = 1; gsub(/[^A-Za-z0-9._:+-]/, "-", $4); print $4 }'
}
while read -r candidate to; do
  image="$REGISTRY_IMAGE/${candidate%%/*}"
  cell="$(echo "$candidate" | cut -s -d / -f 2)"
  from="$(digest_at "$image:${cell:-latest}")"
  level=
  if [ "$from" != none ]; then level="$(migration_of "$image@$from")"; fi
  echo "$candidate ${cell:-latest} ${cell:+$cell-}$(branch_tag) $from $to ${level:--} $(migration_of "$image@$to")"
done < rollback/images.txt > rollback/plan.txt
awk -v by="$(cat rollback/by.txt)" -v target="$(cat rollback/to.txt)" -v page="$CI_PIPELINE_URL" \
  -v at="$CI_JOB_STARTED_AT" '
  BEGIN { printf "{\"at\":\"%s\",\"by\":\"%s\",\"target\":\"%s\",\"pipeline\":\"%s\",\"images\":[", at, by, target, page }
  {
    printf "%s{\"name\":\"%s\",\"tags\":[\"%s\",\"%s\"],\"from\":\"%s\",\"to\":\"%s\"", (NR > 1 ? "," : ""), $1, $2, $3, $4, $5
    if ($7 != "") printf ",\"migration\":{\"from\":\"%s\",\"to\":\"%s\"}", $6, $7
    printf "}"
  }
  END { print "]}" }' rollback/plan.txt > rollback.json
cat rollback.json
while read -r candidate latest branch _ to _; do
  echo "$REGISTRY_IMAGE/${candidate%%/*} $to $latest $branch"
done < rollback/plan.txt > "$MOVES"
move_tags
while read -r candidate _ _ from _ before after; do
  if [ -n "$after" ] && [ "$before" != "$after" ]; then
    echo "$candidate: the database is at migration $before, and this image expects $after. Moving tags moves no database:"
    echo "undo what lies between with the later image, which knows how, before the earlier one serves:"
    echo "  $REGISTRY_IMAGE/${candidate%%/*}@$from"
  fi
done < rollback/plan.txt
echo "The next pipeline of $CI_DEFAULT_BRANCH moves the tags on again: revert there what made this necessary."
