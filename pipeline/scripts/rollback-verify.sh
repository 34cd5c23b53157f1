#!/bin/sh
set -eu
# Every image is proven before the first tag moves. The signature of a commit's image names that commit.
for candidate in $CANDIDATES; do
  reference="$(reference_of "$candidate")"
  if [ -z "$reference" ]; then continue; fi
  set -- --annotations "candidate=$candidate"
  if [ "${form:-}" = commit ]; then set -- "$@" --annotations "commit=$ROLLBACK_TO"; fi
  if ! verified "$reference" "$@" > rollback/signatures.json; then
    echo "$reference is missing, or not what this project signed as $candidate: nothing has moved." >&2
    echo "If it is there, somebody put it there by other means; go back to another commit or release." >&2
    exit 1
  fi
  digest="$(grep -o '"docker-manifest-digest":"sha256:[0-9a-f]*"' rollback/signatures.json | head -n 1 | cut -d '"' -f 4)"
  echo "$candidate $digest" >> rollback/images.txt
  echo "$reference is signed: $digest"
done
rm rollback/signatures.json
