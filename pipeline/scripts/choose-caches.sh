#!/bin/sh
set -eu
# One cache for each ref. Builds of protected refs read caches that protected refs wrote, and no others: whoever may
# push a branch could have put anything into the rest. Tags and merge requests from forks read, and never write.
own="$TRUST_LEVEL-default"
CACHE_READ="$own"
if [ "${CI_COMMIT_BRANCH:-}" != "$CI_DEFAULT_BRANCH" ]; then
  own="$TRUST_LEVEL-ref-$CI_COMMIT_REF_SLUG"
  CACHE_READ="$own $CACHE_READ"
fi
if [ "$TRUST_LEVEL" = open ]; then
  CACHE_READ="$CACHE_READ protected-default"
fi
CACHE_WRITE="$own"
if [ -n "${CI_COMMIT_TAG:-}" ] ||
  [ "${CI_MERGE_REQUEST_SOURCE_PROJECT_ID:-$CI_PROJECT_ID}" != "$CI_PROJECT_ID" ]; then
  CACHE_WRITE=
fi
export CACHE_READ CACHE_WRITE
echo "reads caches $CACHE_READ; writes ${CACHE_WRITE:-none}"
