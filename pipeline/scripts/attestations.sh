#!/bin/sh
set -eu
inspect() {
  docker buildx imagetools inspect --format "$2" "$1" || {
    echo "$1 cannot be read with its attestations: one is missing, or was changed. No tag moves." >&2
    exit 1
  }
}
# attested REFERENCE KIND PLATFORMS MARK…: each mark is there once for each platform. Quotes inside of values are escaped,
# so that no value looks like a mark.
attested() {
  reference="$1" kind="$2" platforms="$3"
  shift 3
  answer="$(inspect "$reference" "{{json .$kind}}")"
  for mark in "$@"; do
    count="$(echo "$answer" | awk -v mark="\"$mark\": *[[{]" '{ count += gsub(mark, "") } END { print count + 0 }')"
    if [ "$count" -lt "$platforms" ]; then
      echo "$reference has $kind ($mark) for $count of $platforms platforms. No tag moves. Was it built by docker-build?" >&2
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
  images="$(inspect "$reference" \
    '{{range .Manifest.Manifests}}{{with .Platform}}{{if ne .OS "unknown"}}{{println .OS}}{{end}}{{end}}{{end}}')"
  platforms="$(echo "$images" | awk 'NF { count++ } END { print count + 0 }')"
  if [ "$platforms" -eq 0 ]; then
    echo "$reference has no index, and so no attestation. No tag moves. Was it built by docker-build?" >&2
    exit 1
  fi
  # What was built and how is in a provenance of mode=max alone.
  attested "$reference" Provenance "$platforms" SLSA buildConfig
  if [ "$SBOM" = true ]; then attested "$reference" SBOM "$platforms" SPDX packages; fi
  echo "$candidate is attested on $platforms of $platforms platforms: $reference"
done <<EOF
$(cat candidates/*.txt)
EOF
