#!/bin/sh
set -eu
inspect() {
  docker buildx imagetools inspect --format "$2" "$1" || {
    echo "$1 cannot be read with its attestations: one is missing, or was changed. No tag moves." >&2
    exit 1
  }
}
# How often a mark is in a JSON document. Quotes inside of values are escaped, so that no value looks like a mark.
occurrences() { awk -v mark="$1" '{ count += gsub(mark, "") } END { print count + 0 }'; }
# attested REFERENCE KIND PLATFORMS MARK…: each mark is there for each platform.
attested() {
  reference="$1" kind="$2" platforms="$3"
  shift 3
  answer="$(inspect "$reference" "{{json .$kind}}")"
  for mark in "$@"; do
    count="$(echo "$answer" | occurrences "\"$mark\": *[[{]")"
    if [ "$count" -lt "$platforms" ]; then
      echo "$reference has $kind ($mark) for $count of $platforms platforms: one is missing, or was changed. No tag moves." >&2
      exit 1
    fi
  done
}
while read -r candidate digest _; do
  case "$digest" in
    sha256:*) ;;
    *) echo "there is a candidate without a digest, or none at all: '$candidate'" >&2 && exit 1 ;;
  esac
  reference="$REGISTRY_IMAGE/${candidate%%/*}@$digest"
  # Attestations stand in the index beside the images, as manifests of no platform.
  index="$(inspect "$reference" '{{json .Manifest}}')"
  all="$(echo "$index" | occurrences '"os": *"')"
  platforms=$((all - $(echo "$index" | occurrences '"os": *"unknown"')))
  if [ "$platforms" -eq 0 ]; then
    echo "$reference has no index, and so no attestation. No tag moves. Did docker-build push it?" >&2
    exit 1
  fi
  # What was built and how is in a provenance of mode=max alone.
  attested "$reference" Provenance "$platforms" SLSA buildConfig
  if [ "$SBOM" = true ]; then attested "$reference" SBOM "$platforms" SPDX packages; fi
  echo "$candidate is attested on $platforms of $platforms platforms: $reference"
done <<EOF
$(cat candidates/*.txt)
EOF
