#!/bin/sh
set -eu
# Signs what this pipeline has built, and holds all that it is going to promote against its signature. A signature says
# for which image and commit it was made: that of another one would be true, and still prove nothing here.
for candidate in $CANDIDATES; do
  digest="$(digest_of "$candidate")"
  image="$REGISTRY_IMAGE/${candidate%%/*}@$digest"
  origin="$(awk -v name="$candidate" '$1 == name { print $3 }' candidates/*.txt)"
  set -- --annotations "candidate=$candidate" --annotations "commit=$CI_COMMIT_SHA"
  if [ "$origin" = built ]; then sign_image "$image" "$@"; fi
  if ! verified "$image" "$@" > /dev/null; then
    echo "$image has no signature of this project for $candidate of commit $CI_COMMIT_SHA: no tag moves." >&2
    if [ "$origin" != built ]; then
      echo "It was found in the registry; a pipeline of a protected ref did not sign it, or somebody put another one there." >&2
      echo "Delete this commit's tag of ${candidate%%/*} in the registry and run this pipeline again: it builds and signs." >&2
    fi
    exit 1
  fi
  echo "$candidate is signed: $image"
done
