#!/bin/sh
set -eu
# The arguments are the settings and every Dockerfile. A variable of the pipeline changes nothing about them.
for name in $(env | sed -n 's/^\(HADOLINT_[A-Z_]*\)=.*/\1/p'); do unset "$name"; done
status=0
hadolint --no-color "$@" || status=$?
# The same findings for the merge request, whether or not they fail the job.
hadolint --format gitlab_codeclimate "$@" > gl-code-quality-report.json || true
exit "$status"
