#!/bin/bash
# Puts the data directory on the local SSDs, where this machine has any: one file system over all of them. They are
# blank on a new machine and after every stop, and keep what they hold over a reboot. What an image brings in the data
# directory is copied there first. A device with any other file system is never formatted.
# https://cloud.google.com/compute/docs/disks/format-mount-disk-local-ssd
set -Eeuo pipefail
# shellcheck source=../scripts/lib.sh
. /usr/local/lib/buildx-runners/lib.sh
# shellcheck source=../scripts/setup/accounts.sh
. "$LIBRARY/setup/accounts.sh"
trap explain_failure ERR

# The file system's name once it is whole, and while it is being made.
WHOLE=buildx-data
UNFINISHED=buildx-new
ARRAY=/dev/md/buildx
STAGING=/run/buildx-runners/local-ssd

# By the names that the guest environment's rules give them; partitions are not ours.
local_ssds() {
  local link
  for link in /dev/disk/by-id/google-local-nvme-ssd-* /dev/disk/by-id/google-local-ssd-*; do
    [[ -b $link && $link != *-part[0-9]* ]] || continue
    readlink --canonicalize "$link"
  done | LC_ALL=C sort -u
}

# What is on a device, read from its first bytes and not from a cache: a value, or nothing.
probe() { blkid --probe --output value --match-tag "$1" "$2" 2>/dev/null || true; }
is_blank() { [[ -z $(wipefs --noheadings --no-act "$1" 2>/dev/null) ]]; }

# find_device DISK…: the device that holds, or is to hold, the file system.
find_device() {
  local disk
  if (($# == 1)); then
    printf '%s' "$1"
    return
  fi
  command -v mdadm >/dev/null || fail 'mdadm, which combines several disks, is missing' "$*" 'run set-up again'
  # udev may have put it together already, under a name of its own.
  if [[ ! -b $(array_of "$1") ]] && ! mdadm --assemble --quiet --name=buildx "$ARRAY" "$@" 2>/dev/null; then
    for disk in "$@"; do
      is_blank "$disk" || fail "the local SSD holds something ($(probe TYPE "$disk")) that buildx-runners did not create, or another disk of the array is missing" \
        "$disk" "check what it holds; if it can be deleted: wipefs --all $disk, then boot again"
    done
    mdadm --create "$ARRAY" --quiet --run --name=buildx --homehost=any --level=0 --raid-devices=$# "$@"
  fi
  array_of "$1"
}

# array_of DISK: the array that the disk is a working part of. udev starts an array that lacks one, and leaves it inactive.
array_of() {
  local holder
  for holder in "/sys/class/block/${1##*/}/holders/"md*; do
    [[ -e $holder && $(<"$holder/md/array_state") =~ ^(clean|active|active-idle|read-auto|readonly)$ ]] || continue
    printf '/dev/%s' "${holder##*/}"
  done
}

# Copied before the file system has its name, so a cut in the middle begins again.
format() {
  local device=$1
  mkfs.ext4 -q -F -L "$UNFINISHED" -m 0 -E lazy_itable_init=1,lazy_journal_init=1 "$device"
  mkdir -p "$STAGING" "$DATA_DIRECTORY"
  mount -o noatime,discard "$device" "$STAGING"
  cp --archive --one-file-system "$DATA_DIRECTORY/." "$STAGING/"
  umount "$STAGING"
  e2label "$device" "$WHOLE"
}

# Set-up makes these once; on a disk that is blank at boot they are missing.
make_level_directories() {
  local level
  for level in $LEVELS; do
    account_exists "$(account_of "$level")" || continue
    prepare_level_directory "$level"
  done
}

mount_data() {
  local device label
  local -a disks
  mapfile -t disks < <(local_ssds)
  ((${#disks[@]})) || return 0
  ! mountpoint --quiet "$DATA_DIRECTORY" || return 0
  device=$(find_device "${disks[@]}") || exit
  label=$(probe LABEL "$device")
  if [[ $label != "$WHOLE" ]]; then
    [[ $label == "$UNFINISHED" ]] || is_blank "$device" || fail \
      "the local SSD holds a file system ($(probe TYPE "$device") '$label') that buildx-runners did not create" "$device" \
      "check what it holds; if it can be deleted: wipefs --all $device, then boot again"
    format "$device"
  fi
  mkdir -p "$DATA_DIRECTORY"
  mount -o noatime,discard "$device" "$DATA_DIRECTORY"
  make_level_directories
  say "local SSDs: ${#disks[@]}, as $device under $DATA_DIRECTORY"
}

case ${1:-} in
  mount)
    require_root
    udevadm settle --timeout=30 2>/dev/null || true
    mount_data
    ;;
  list) local_ssds ;;
  *) fail "unknown argument '${1:-}'" disks.sh 'use mount or list' ;;
esac
