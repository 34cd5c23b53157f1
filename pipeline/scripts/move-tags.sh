#!/bin/sh
set -eu
# move_tags IMAGE DIGEST TAG…: by digest, without building or pulling anything.
move_tags() {
  moved="$1@$2"
  image="$1"
  shift 2
  for tag in "$@"; do
    # Without --prefer-index=false the digest would change: a single manifest would be wrapped in an index.
    docker buildx imagetools create --prefer-index=false --tag "$image:$tag" "$moved"
    echo "$image:$tag is $moved"
  done
}
