#!/bin/sh
set -eu
# A line that holds no digest counts for nothing.
digest_of() {
  digest="$(awk -v name="$1" \
    '$1 == name && length($2) == 71 && $2 ~ /^sha256:[0-9a-f]+$/ { print $2 }' candidates/*.txt)"
  echo "${digest:?no candidate of $1}"
}
