# How doctor is called, and how it ends.
# shellcheck shell=bash

output=print_text

read_arguments() {
  case ${1:-} in
    '') output=print_text ;;
    --json) output=print_json ;;
    -h | --help)
      say 'usage: buildx-doctor [--json]'
      say 'Checks this host. Exit code 0: no check failed; 1: a check failed; 2: buildx-doctor could not run.'
      exit
      ;;
    *)
      printf "buildx-doctor: unknown argument '%s'; use --json or none\n" "$1" >&2
      exit 2
      ;;
  esac
  if ((EUID != 0)); then
    echo 'buildx-doctor: run it as root: sudo buildx-doctor' >&2
    exit 2
  fi
}

tell_outcome() {
  "$output"
  ((${failures:?} == 0))
}
