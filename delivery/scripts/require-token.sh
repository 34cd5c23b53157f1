#!/bin/sh
set -eu
if [ "$CI_COMMIT_REF_PROTECTED" != true ]; then
  echo "$CI_COMMIT_REF_NAME is not protected, so that no secret is here: Settings > Repository > Protected branches" >&2
  exit 1
fi
: "${DELIVERY_TOKEN:?is not set. Add a project access token (role Developer, scope api) as a masked and protected variable.}"
