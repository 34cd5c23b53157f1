#!/bin/sh
set -eu
# The tool trades the job's ID token for a registry password by itself.
: "${REGISTRY_ID_TOKEN:?is not set. GitLab has issued no ID token for this job.}"
printf '%s' "$REGISTRY_ID_TOKEN" > "$DOCKER_CONFIG/aws-id-token"
