#!/bin/sh
set -eu
# Whoever starts the job types it, so that it is held to three forms.
rm -rf rollback
mkdir rollback
form=
case "$ROLLBACK_TO" in
  *[!A-Za-z0-9@:./_+\ -]*) ;;
  *@*) if echo "$ROLLBACK_TO" | grep -Eqx ' *([a-zA-Z0-9._/-]+@sha256:[0-9a-f]{64} *)+'; then form=digests; fi ;;
  *)
    if echo "$ROLLBACK_TO" | grep -Eqx '[0-9a-f]{40}'; then
      form=commit
    elif echo "$ROLLBACK_TO" | grep -Eqx 'v?[0-9]+\.[0-9]+\.[0-9]+([-+][0-9A-Za-z.+-]+)?'; then
      form=release
    fi
    ;;
esac
if [ -z "$form" ]; then
  echo "Start this job with the variable ROLLBACK_TO: a commit's whole SHA, a release such as 1.2.3, or digests:" >&2
  echo "app@sha256:… db-init@sha256:…, where images that are not named stay. Nothing has moved." >&2
  exit 1
fi
# reference_of CANDIDATE: where it was then; nothing for an image that stays.
reference_of() {
  repository="$REGISTRY_IMAGE/${1%%/*}"
  cell="$(echo "$1" | cut -s -d / -f 2)"
  case "$form" in
    commit) echo "$repository:${cell:+$cell-}$ROLLBACK_TO" ;;
    release) echo "$repository:${cell:+$cell-}$(echo "${ROLLBACK_TO#v}" | tr + _)" ;;
    digests)
      for named in $ROLLBACK_TO; do
        if [ "${named%@*}" = "$1" ]; then echo "$repository@${named#*@}"; fi
      done
      ;;
  esac
}
for named in $ROLLBACK_TO; do
  case "$form $CANDIDATES " in
    digests*" ${named%@*} "* | commit* | release*) ;;
    *)
      echo "${named%@*} is no image of this project: $CANDIDATES. Nothing has moved." >&2
      exit 1
      ;;
  esac
done
printf '%s\n' "$GITLAB_USER_LOGIN" > rollback/by.txt
printf '%s\n' "$ROLLBACK_TO" > rollback/to.txt
