#!/bin/bash
# Stands in front of the Docker CLI when gitlab-ci-local calls it.
#
# gitlab-ci-local passes variables as arguments, and whoever is on this computer may read the arguments of every
# process. So it is given a placeholder for each masked variable, and the value takes its place here, in the
# environment. What it creates gets a label, so that nothing of a cancelled pipeline stays on the host. And the job's
# container gets the files of its variables, where the runner would have put them.
set -euo pipefail

declare -A secrets=()
while IFS=$'\t' read -r placeholder secret; do
  secrets[$placeholder]=$secret
done <"$LAB_SECRETS"

arguments=()
is_job=
previous=
for argument; do
  if [[ $argument == --workdir ]]; then is_job=yes; fi
  # A variable of gitlab-ci-local's own.
  if [[ $previous == -e && $argument == GCL_PROJECT_DIR_ON_HOST=* ]]; then
    unset 'arguments[-1]'
    previous=
    continue
  fi
  if [[ $previous == -e && $argument == *=* ]]; then
    name=${argument%%=*}
    value=${argument#*=}
    for placeholder in "${!secrets[@]}"; do
      value=${value//"$placeholder"/"${secrets[$placeholder]}"}
    done
    if [[ $name=$value != "$argument" ]]; then
      export "$name=$value"
      argument=$name
    fi
  fi
  arguments+=("$argument")
  previous=$argument
done

case ${1:-} in
  create)
    # Options of the runner's configuration that gitlab-ci-local has no flag for.
    mapfile -t options < <(printf '%s' "${LAB_CREATE_OPTIONS:-}")
    arguments=(create --label "$LAB_LABEL" "${options[@]}" "${arguments[@]:1}")
    if [[ -n $is_job && -n ${LAB_FILES:-} ]]; then
      container=$("$LAB_DOCKER" "${arguments[@]}")
      tar -C "$LAB_FILES" --owner=0 --group=0 --numeric-owner -cf - builds |
        "$LAB_DOCKER" cp - "$container:/" >/dev/null
      echo "$container"
      exit
    fi
    ;;
  run) arguments=(run --label "$LAB_LABEL" "${arguments[@]:1}") ;;
  volume | network)
    if [[ ${2:-} == create ]]; then
      arguments=("$1" create --label "$LAB_LABEL" "${arguments[@]:2}")
    fi
    ;;
esac
exec "$LAB_DOCKER" "${arguments[@]}"
