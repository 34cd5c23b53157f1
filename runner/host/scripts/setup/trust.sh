# Certificates of the company's own authorities, trusted by the whole host.
# shellcheck shell=bash

CERTIFICATES=/usr/local/share/ca-certificates

certificates_mark() { find "$CERTIFICATES" -name 'buildx-runners-*.crt' -exec sha256sum {} + | sort | sha256sum | cut -d' ' -f1; }

trust_certificates() {
  local mark
  local -a fresh=()
  mark=$(certificates_mark)
  mark_is certificates "$mark" && return
  # With a set that shrank, the links of the removed ones must go too; that takes as long again.
  [[ -f $STATE/marks/certificates ]] && fresh=(--fresh)
  update-ca-certificates "${fresh[@]}" >/dev/null 2>&1
  set_mark certificates "$mark"
  changed 'certificates trusted by this host'
}
