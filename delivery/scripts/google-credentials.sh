#!/bin/sh
set -eu
# The backend, its keys and the provider each trade the job's ID token for access, and so there is no key.
if [ "$CI_COMMIT_REF_PROTECTED" = true ]; then
  : "${GOOGLE_ID_TOKEN:?is not set. GitLab has issued no ID token for this job.}"
  mkdir -m 0700 "$GOOGLE_DIRECTORY"
  printf '%s' "$GOOGLE_ID_TOKEN" > "$GOOGLE_DIRECTORY/token"
  export GOOGLE_APPLICATION_CREDENTIALS="$GOOGLE_DIRECTORY/credentials.json"
  cat > "$GOOGLE_APPLICATION_CREDENTIALS" <<JSON
{
  "type": "external_account",
  "audience": "//iam.googleapis.com/$GOOGLE_PROVIDER",
  "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
  "token_url": "https://sts.googleapis.com/v1/token",
  "service_account_impersonation_url": "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/$GOOGLE_SERVICE_ACCOUNT:generateAccessToken",
  "credential_source": { "file": "$GOOGLE_DIRECTORY/token" }
}
JSON
fi
