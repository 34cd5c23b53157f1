#!/bin/bash
# Stands in front of the Docker CLI when gitlab-ci-local calls it.
#
# gitlab-ci-local passes variables as arguments, and whoever is on this computer may read the arguments of every
# process. So it is given a placeholder for each masked variable, and the value takes its place here, in the
# environment. What it creates gets a label, so that nothing of a cancelled pipeline stays on the host.
set -euo pipefail

declare -A secrets=()
while IFS=$'\t' read -r placeholder secret; do
  secrets[$placeholder]=$secret
done <"$LAB_SECRETS"

arguments=()
previous=
for argument; do
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
    ;;
  run) arguments=(run --label "$LAB_LABEL" "${arguments[@]:1}") ;;
  volume | network)
    if [[ ${2:-} == create ]]; then
      arguments=("$1" create --label "$LAB_LABEL" "${arguments[@]:2}")
    fi
    ;;
esac
exec "$LAB_DOCKER" "${arguments[@]}"
