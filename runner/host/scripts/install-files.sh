# The end of every set-up script: what stands before it unpacked the files into $staging and listed them, with their
# modes, in $staging.list. It is one function that starts once all of it was read, so a connection that breaks in the
# middle runs nothing.
# shellcheck shell=bash

# Test runs and renderings unpack beneath a directory, where nothing is run.
staging=${staging:?}
destination=${BUILDX_RUNNERS_DESTINATION:-}
library=$destination/usr/local/lib/buildx-runners
changes=0

install_files() {
  local mode path target
  mkdir -p "$library"
  # Old and new ones, until all is in place: a run that is killed here leaves no file that is not listed.
  touch "$library/manifest"
  { cut -d' ' -f2- "$staging.list" && cat "$library/manifest"; } | LC_ALL=C sort -u >"$library/manifest.both"
  mv -f "$library/manifest.both" "$library/manifest"
  while read -r mode path; do
    target=$destination$path
    if [[ -f $target && ! -L $target && $(stat -c %a "$target") == "${mode#0}" ]] && cmp -s "$staging$path" "$target"; then
      continue
    fi
    mkdir -p "${target%/*}"
    install -m "$mode" "$staging$path" "$target.buildx-new"
    mv -f "$target.buildx-new" "$target"
    changes=$((changes + 1))
    printf 'changed    %s\n' "$path"
  done <"$staging.list"
  while IFS= read -r path; do
    cut -d' ' -f2- "$staging.list" | grep -xF -- "$path" >/dev/null && continue
    rm -f -- "$destination$path"
    changes=$((changes + 1))
    printf 'changed    removed %s\n' "$path"
  done <"$library/manifest"
  cut -d' ' -f2- "$staging.list" | LC_ALL=C sort -u >"$library/manifest.new"
  mv -f "$library/manifest.new" "$library/manifest"
  # What doctor compares the files with.
  (cd "$staging" && cut -d' ' -f2- "$staging.list" | cut -c2- | xargs sha256sum | sed 's#  #  /#') >"$library/digests.new"
  mv -f "$library/digests.new" "$library/digests"
}

if [[ -z $destination ]]; then
  LIBRARY=$staging/usr/local/lib/buildx-runners bash "$staging/usr/local/lib/buildx-runners/preflight.sh" || exit
  mkdir -p /run/lock
  exec 9>/run/lock/buildx-runners.lock
  flock -w 900 9 || {
    echo 'buildx-runners: another run has held the lock for 15 minutes; run: fuser -v /run/lock/buildx-runners.lock' >&2
    exit 1
  }
  export BUILDX_RUNNERS_LOCKED=yes
  # The run that held the lock may have made this computer a host of another fleet.
  LIBRARY=$staging/usr/local/lib/buildx-runners bash "$staging/usr/local/lib/buildx-runners/preflight.sh" || exit
fi
install_files
if [[ -z $destination ]]; then
  export BUILDX_RUNNERS_CHANGES=$changes
  bash "$library/setup.sh" || exit
fi
