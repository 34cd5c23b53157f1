#!/bin/sh
set -eu
# Settings come from the repository's .gitleaks.toml and .gitleaksignore, never from a variable.
unset GITLEAKS_CONFIG GITLEAKS_CONFIG_TOML
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0="$CI_PROJECT_DIR"
is_commit() { git rev-parse --quiet --verify "$1^{commit}" > /dev/null; }
range=HEAD
if [ "$CI_PIPELINE_SOURCE" = schedule ]; then
  range=--all
elif [ -n "${CI_MERGE_REQUEST_DIFF_BASE_SHA:-}" ]; then
  range="$CI_MERGE_REQUEST_DIFF_BASE_SHA..HEAD"
elif is_commit "${CI_COMMIT_BEFORE_SHA:-none}"; then
  range="$CI_COMMIT_BEFORE_SHA..HEAD"
elif [ "${CI_COMMIT_BRANCH:-}" != "$CI_DEFAULT_BRANCH" ]; then
  # A new branch, a tag, or one whose old commits are gone.
  is_commit "origin/$CI_DEFAULT_BRANCH" ||
    git fetch --quiet origin "+refs/heads/$CI_DEFAULT_BRANCH:refs/remotes/origin/$CI_DEFAULT_BRANCH"
  range="origin/$CI_DEFAULT_BRANCH..HEAD"
fi
# Gitleaks finds nothing in a range that Git cannot read, and passes: Git itself is asked first.
commits="$(git rev-list --count "$range")"
echo "looking for secrets in $commits commits: $range"
status=0
# A merge counts with what it changed beyond its parents.
gitleaks git --no-banner --no-color --platform none --redact --verbose \
  --log-opts "--diff-merges=remerge $range" --report-format json --report-path gitleaks.json . \
  > gitleaks.log 2>&1 || status=$?
cat gitleaks.log
if [ "$status" -eq 0 ] && grep -q ' ERR ' gitleaks.log; then
  echo "gitleaks could not read the commits: nothing is proven" >&2
  exit 1
fi
if [ "$status" -ne 0 ]; then
  echo "Revoke what was found, for it has left the building; then take it out of the commits. A false alarm goes into .gitleaksignore by its fingerprint." >&2
fi
exit "$status"
