#!/bin/sh
set -eu
# The tool trades the job's ID token for an access token of the service account by itself.
: "${REGISTRY_ID_TOKEN:?is not set. GitLab has issued no ID token for this job.}"
printf '%s' "$REGISTRY_ID_TOKEN" > "$DOCKER_CONFIG/google-id-token"
cat > "$DOCKER_CONFIG/google.json" <<JSON
{
  "type": "external_account",
  "audience": "//iam.googleapis.com/$REGISTRY_PROVIDER",
  "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
  "token_url": "https://sts.googleapis.com/v1/token",
  "service_account_impersonation_url": "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/$REGISTRY_SERVICE_ACCOUNT:generateAccessToken",
  "credential_source": { "file": "$DOCKER_CONFIG/google-id-token" }
}
JSON
