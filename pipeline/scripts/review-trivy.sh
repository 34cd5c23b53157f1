#!/bin/sh
set -eu
# Counts what a scan of the deployed image finds today. It fails where nothing could be scanned, not at a finding.
cell="$(echo "$CANDIDATE" | cut -s -d / -f 2)"
image="$REGISTRY_IMAGE/${CANDIDATE%%/*}:${cell:-latest}"
report="$(mktemp -d)"
(cd "$report" && trivy image --no-progress --scanners vuln --severity "$SEVERITY" --ignore-unfixed="$IGNORE_UNFIXED" \
  --ignorefile "$CI_PROJECT_DIR/$IGNORE_FILE" --format json --output trivy.json "$@" "$image")
trivy convert --format table "$report/trivy.json"
mkdir -p vulnerabilities
echo "$CANDIDATE $(grep -c '"VulnerabilityID":' "$report/trivy.json" || true)" > "vulnerabilities/$CI_JOB_ID.txt"
