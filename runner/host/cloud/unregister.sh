# Takes this machine's runner managers off GitLab; the runner that they belong to stays, for the other machines and the
# next ones. A manager that starts again is known again with its first question for a job.
# https://docs.gitlab.com/api/runners/#delete-a-runner-manager
# shellcheck shell=bash

# unregister LEVEL: within ten seconds. What does not work is only told: GitLab forgets a silent manager by itself.
unregister() {
  local directory=/etc/gitlab-runner/$1 id url token
  [[ -s $directory/.runner_system_id && -s $directory/config.toml ]] || return 0
  id=$(<"$directory/.runner_system_id")
  [[ $id =~ ^[A-Za-z0-9_.-]+$ ]] || return 0
  url=$(quoted_values url "$directory/config.toml" | head -n 1)
  while read -r token; do
    delete_manager "$1" "${url%/}/api/v4/runners/managers" "$token" "$id" &
  done < <(quoted_values token "$directory/config.toml")
  wait
}

quoted_values() { sed -nE "s/^[[:space:]]*$1[[:space:]]*=[[:space:]]*\"([A-Za-z0-9._~:/@=-]+)\"[[:space:]]*\$/\1/p" "$2"; }

# delete_manager LEVEL URL TOKEN SYSTEM-ID: the token goes by a pipe, since every account can read arguments.
delete_manager() {
  local code
  local -a proxy=()
  [[ -n $HTTPS_PROXY_URL && $2 == https:* ]] && proxy=(--proxy "$HTTPS_PROXY_URL")
  [[ -n $HTTP_PROXY_URL && $2 == http:* ]] && proxy=(--proxy "$HTTP_PROXY_URL")
  code=$(printf '{"token":"%s","system_id":"%s"}' "$3" "$4" |
    curl --silent --output /dev/null --write-out '%{http_code}' --request DELETE --header 'Content-Type: application/json' \
      --data-binary @- --connect-timeout 3 --max-time 4 --retry 1 --retry-delay 1 --retry-max-time 5 \
      "${proxy[@]}" --noproxy "$NO_PROXY_LIST" -- "$2") || true
  case $code in
    204) say "GitLab no longer has a manager of level $1 on this machine" ;;
    403 | 404) say "GitLab had no manager of level $1 on this machine" ;;
    *) say "GitLab answers ${code:-nothing} to the removal of a manager of level $1; GitLab shows it as offline until GitLab removes it" ;;
  esac
}
