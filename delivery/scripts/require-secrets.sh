#!/bin/sh
set -eu
# Secrets are protected variables. A ref that is not protected has none, and its preview does without.
if [ "$CI_COMMIT_REF_PROTECTED" = true ]; then
  if ! grep -Eq '^[[:space:]]+gitlab:token:' "Pulumi.$STACK.yaml"; then
    : "${GITLAB_TOKEN:?is not set. Add the token of the stack as a masked and protected variable of its environment.}"
  fi
  # The key of a cloud takes no passphrase.
  if ! grep -Eq '^secretsprovider:.*://' "Pulumi.$STACK.yaml"; then
    : "${PULUMI_CONFIG_PASSPHRASE:?is not set. Add what opens the secrets of the stack as a masked and protected variable of its environment.}"
  fi
fi
