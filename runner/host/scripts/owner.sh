# The owner of this host: the stack and the fleet that set it up, as in dev/linux. Only root reads and writes it. A
# machine of a cloud belongs to the group that made it, and has no OWNER to remember.
# shellcheck shell=bash

OWNER_FILE=$STATE/owner

owner_of_host() { if [[ -f $OWNER_FILE ]]; then cat "$OWNER_FILE"; fi; }

# belongs_to_another STACK/FLEET
belongs_to_another() {
  local owner
  owner=$(owner_of_host)
  [[ -n $owner && $owner != "$1" ]]
}

refuse_to_take_from_another() {
  local owner
  [[ -n $OWNER ]] && belongs_to_another "$OWNER" || return 0
  owner=$(owner_of_host)
  [[ $owner != "$TAKE_OVER" ]] || return 0
  fail "this computer is a host of fleet ${owner#*/} of stack ${owner%%/*}; fleet ${OWNER#*/} of stack ${OWNER%%/*} has not changed it" \
    "$OWNER_FILE" "use another machine, or remove this one from that stack first (its teardown removes the owner); to take it over as it is, set takeOver: $owner for this host"
}

remember_the_owner() {
  [[ -n $OWNER ]] || return 0
  [[ $(owner_of_host) != "$OWNER" ]] || return 0
  mkdir -p "$STATE"
  chmod 0700 "$STATE"
  (umask 077 && printf '%s\n' "$OWNER" >"$OWNER_FILE.new")
  mv -f "$OWNER_FILE.new" "$OWNER_FILE"
  changed "this computer is a host of $OWNER"
}
