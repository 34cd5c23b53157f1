#!/bin/sh
set -eu
image="$REGISTRY_IMAGE/${CANDIDATE%%/*}@$(digest_of "$CANDIDATE")"
# Outside the repository, which could hold a trivy.yaml.
cd "$(mktemp -d)"
trivy image --no-progress --scanners vuln --list-all-pkgs --format json --output trivy.json "$@" "$image"
trivy convert --format template --template @/contrib/gitlab.tpl --output gl-container-scanning-report.json trivy.json
trivy convert --format cyclonedx --output gl-sbom-trivy.cdx.json trivy.json
trivy convert --format table --output trivy.txt trivy.json
mv trivy.json trivy.txt gl-container-scanning-report.json gl-sbom-trivy.cdx.json "$CI_PROJECT_DIR"
cat "$CI_PROJECT_DIR/trivy.txt"
# An exception whose date has passed is none any more.
status=0
trivy convert --severity "$SEVERITY" --ignorefile "$CI_PROJECT_DIR/$IGNORE_FILE" --exit-code 10 \
  --format json --output gate.json "$CI_PROJECT_DIR/trivy.json" || status=$?
if [ "$status" -eq 10 ] && [ "$IGNORE_UNFIXED" = true ]; then
  # Trivy converts without looking at fixes. A finding that has none is let pass; a file that does not read like
  # Trivy's is not.
  status=0
  awk -F '"' '
    function close_finding() {
      if (id == "") return
      if (fix == "") unfixed++
      else print severity, id, name, installed, "is fixed in", fix
    }
    $2 == "VulnerabilityID" { close_finding(); id = $4; fix = ""; findings++ }
    $2 == "PkgName" { name = $4 }
    $2 == "InstalledVersion" { installed = $4 }
    $2 == "FixedVersion" { fix = $4 }
    $2 == "Status" && $4 == "fixed" && fix == "" { fix = "a later version" }
    $2 == "Severity" { severity = $4 }
    END {
      close_finding()
      print unfixed + 0, "of", findings + 0, "findings have no fix yet"
      exit !(findings > 0 && unfixed == findings)
    }
  ' gate.json || status=10
fi
if [ "$status" -eq 10 ]; then
  echo "$image has vulnerabilities of severity $SEVERITY. No tag moves. Update what is named above, or make an exception with a date in $IGNORE_FILE." >&2
fi
exit "$status"
