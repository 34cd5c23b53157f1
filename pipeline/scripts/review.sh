#!/bin/sh
set -eu
# Asks what people deploy whether it still is what it should be, and answers in a table.
failed=
printf '# Review of %s on %s\n\n| image | question | answer |\n| --- | --- | --- |\n' \
  "$CI_PROJECT_PATH" "$(date -u +%Y-%m-%d)" > review.md
# answer IMAGE QUESTION fine|wrong TEXT
answer() {
  mark=
  if [ "$3" = wrong ]; then
    mark='**look at this:** '
    case " $FAIL_ON " in *" $2 "*) failed="$failed $2" ;; esac
  fi
  echo "| $1 | $2 | $mark$4 |" >> review.md
}
inspect() { docker buildx imagetools inspect --format "$2" "$1"; }
# One value of JSON in a line, as "name": "value".
lines_of() { awk '{ gsub(/[][{},]/, "\n"); print }'; }
# Bytes of all layers of the first platform, as a registry has them.
size_of() {
  platform="$(inspect "$1" '{{range .Manifest.Manifests}}{{with .Platform}}{{if ne .OS "unknown"}}x{{end}}{{end}} {{.Digest}}{{println}}{{end}}' |
    awk '$1 == "x" && !found { found = 1; print $2 }')"
  repository="${1%@*}"
  if [ "$repository" = "$1" ]; then repository="${1%:*}"; fi
  one="$1"
  if [ -n "$platform" ]; then one="$repository@$platform"; fi
  docker buildx imagetools inspect --raw "$one" | lines_of |
    awk -F : '$1 ~ /"size"/ { sum += $2 } END { print sum + 0 }'
}
question_user() {
  user="$(inspect "$2" '{{json .Image}}' | lines_of | awk -F '"' '$2 == "User" && !found { found = 1; print $4 }')"
  case "$user" in
    '' | 0 | 0:* | root | root:*) answer "$1" user wrong "runs as root; set USER in its Dockerfile" ;;
    *) answer "$1" user fine "runs as $user" ;;
  esac
}
question_base() {
  provenance="$(inspect "$2" '{{json .Provenance}}' || true)"
  # buildx writes the names of a material in the order of the alphabet: first its digest, then what it is of.
  # The scanner of the SBOM is no base image of anybody's.
  bases="$(printf '%s\n' "$provenance" | lines_of | awk -F '"' '
    $2 == "sha256" { digest = $4 }
    $2 == "uri" && $4 ~ /^pkg:docker\// && $4 !~ /buildkit-syft-scanner/ {
      print $4, digest, ($4 ~ /digest=/ ? "pinned" : "followed")
    }
    $2 == "uri" { digest = "" }' |
    sed 's/^pkg:docker.//; s/?[^ ]*//; s/%2F/\//g; s/@/:/' | sort -u)"
  case "$provenance" in
    *SLSA*) answer "$1" attestations fine "has provenance" ;;
    *) answer "$1" attestations wrong "has no provenance; was it built by this pipeline?" ;;
  esac
  echo "$bases" | while read -r base built kept; do
    if [ -z "$kept" ]; then continue; fi
    now="$(inspect "$base" '{{print .Manifest.Digest}}' 2> /dev/null || true)"
    echo "$base $built $kept ${now#sha256:}"
  done > bases.txt
  while read -r base built kept now; do
    if [ -z "$now" ]; then
      answer "$1" base wrong "$base cannot be asked for"
    elif [ "$now" != "$built" ] && [ "$kept" = pinned ]; then
      answer "$1" base wrong "$base has changed since its digest was written into the Dockerfile"
    elif [ "$now" != "$built" ]; then
      answer "$1" base wrong "$base has changed since; a refresh builds on it"
    else
      answer "$1" base fine "$base is up to date"
    fi
  done < bases.txt
}
question_size() {
  now="$(size_of "$2")"
  # The newest Git tag may have failed to become a release.
  for release in $releases; do
    if inspect "$3$release" '{{print .Manifest.Digest}}' > /dev/null 2>&1; then break; fi
    release=
  done
  if [ -z "${release:-}" ]; then
    answer "$1" size fine "$((now / 1000000)) MB; there is no release to compare with"
    return
  fi
  then="$(size_of "$3$release")"
  text="$((now / 1000000)) MB, and $((then / 1000000)) MB in release $release"
  if [ "$((now * 100))" -gt "$((then * 120))" ]; then answer "$1" size wrong "$text"; else answer "$1" size fine "$text"; fi
}
question_vulnerabilities() {
  count="$(cat vulnerabilities/*.txt 2> /dev/null | awk -v name="$1" '$1 == name { print $2 }')"
  case "$count" in
    '') answer "$1" vulnerabilities wrong "could not be scanned; see review-trivy" ;;
    0) answer "$1" vulnerabilities fine "none of severity $SEVERITY" ;;
    *) answer "$1" vulnerabilities wrong "$count of severity $SEVERITY; see review-trivy" ;;
  esac
}
releases="$(git -c safe.directory="$CI_PROJECT_DIR" ls-remote --tags --refs origin |
  sed -En 's#^.*refs/tags/v?([0-9]+\.[0-9]+\.[0-9]+)$#\1#p' | sort -t . -k 1,1nr -k 2,2nr -k 3,3nr | head -n 10)"
for candidate in $CANDIDATES; do
  image="$REGISTRY_IMAGE/${candidate%%/*}"
  cell="$(echo "$candidate" | cut -s -d / -f 2)"
  if ! digest="$(inspect "$image:${cell:-latest}" '{{print .Manifest.Digest}}')"; then
    answer "$candidate" promoted wrong "was never promoted"
    continue
  fi
  question_user "$candidate" "$image@$digest"
  question_base "$candidate" "$image@$digest"
  question_size "$candidate" "$image@$digest" "$image:${cell:+$cell-}"
  if [ -n "${SEVERITY:-}" ]; then question_vulnerabilities "$candidate"; fi
done
# age QUESTION YYYYMMDD… DAYS: of the newest of something that the bucket has a name with a date for.
age() {
  days="$(awk -v then="${2:-0}" -v now="$(date -u +%Y%m%d)" '
    function days(d, y, m) { y = int(d / 10000); m = int(d / 100) % 100; if (m < 3) { y--; m += 12 }
      return 365 * y + int(y / 4) - int(y / 100) + int(y / 400) + int((153 * m - 457) / 5) + d % 100 }
    BEGIN { print then ? days(now) - days(then) : -1 }')"
  if [ "$days" -lt 0 ]; then
    answer all "$1" wrong "never"
  elif [ "$days" -gt "$3" ]; then
    answer all "$1" wrong "$days days ago"
  else answer all "$1" fine "$days days ago"; fi
}
if [ -n "${BACKUP_PATH:-}" ]; then
  newest() { rclone lsf "$@" | sed -n 's/^\([0-9]\{8\}\)T.*/\1/p' | sort | tail -n 1; }
  age backup "$(newest --dirs-only "bucket:$BACKUP_PATH")" 8
  age restore "$(newest "bucket:$BACKUP_PATH/restored" 2> /dev/null || true)" 100
fi
cat review.md
if [ -n "$failed" ]; then
  echo "fails on what review.fail names:$failed" >&2
  exit 1
fi
