#!/bin/sh
set -eu
# Every image is looked up before the first tag moves.
for candidate in $CANDIDATES; do
  reference="$(reference_of "$candidate")"
  if [ -z "$reference" ]; then continue; fi
  if ! digest="$(docker buildx imagetools inspect --format '{{print .Manifest.Digest}}' "$reference")"; then
    echo "$reference is not in the registry: nothing has moved" >&2
    exit 1
  fi
  echo "$candidate $digest" >> rollback/images.txt
done
