#!/bin/sh
set -eu
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0="$CI_PROJECT_DIR"
# In a pipeline of merged results HEAD is GitLab's own merge commit.
head="${CI_MERGE_REQUEST_SOURCE_BRANCH_SHA:-$CI_COMMIT_SHA}"
commits="$(git rev-list --count "$CI_MERGE_REQUEST_DIFF_BASE_SHA..$head")"
if [ "$#" -eq 0 ]; then
  own=
  for file in .commitlintrc* commitlint.config.*; do
    if [ -e "$file" ]; then own="$file"; fi
  done
  if [ -z "$own" ]; then set -- --extends @commitlint/config-conventional; fi
fi
echo "looking at $commits commits: $CI_MERGE_REQUEST_DIFF_BASE_SHA..$head"
commitlint --color=false --verbose "$@" --from "$CI_MERGE_REQUEST_DIFF_BASE_SHA" --to "$head"
