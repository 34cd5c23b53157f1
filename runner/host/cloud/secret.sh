# Reading a version of a secret under the machine's own identity. Access token and payload are in this process's memory
# and in pipes, and nowhere else.
# https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets.versions/access
# shellcheck shell=bash

# The payload that was read, in base64. `hand_payload_to COMMAND…` decodes it to the command's standard input.
payload=
hand_payload_to() { printf '%s' "$payload" | base64 --decode | "$@"; }
forget_payload() { payload=; }

# read_secret VERSION: keeps its payload, or says why not and returns 1.
read_secret() {
  local token answer code
  if ! token=$(metadata instance/service-accounts/default/token 2>"$RUN/secret.error" | jq --raw-output '.access_token // empty') ||
    [[ -z $token ]]; then
    because "the metadata server gives no access token ($(head -n 1 "$RUN/secret.error")); the machine needs a service account with the scope cloud-platform"
    return
  fi
  # The header goes by a pipe: every account can read arguments.
  if ! answer=$(printf 'header = "Authorization: Bearer %s"\n' "$token" |
    curl --config - --silent --show-error --noproxy '*' --connect-timeout 10 --max-time 60 --write-out '\n%{http_code}' \
      -- "https://secretmanager.googleapis.com/v1/$1:access" 2>"$RUN/secret.error"); then
    because "Secret Manager does not answer ($(head -n 1 "$RUN/secret.error")); the subnet needs Private Google Access or Cloud NAT, and the firewall must allow the connection"
    return
  fi
  code=${answer##*$'\n'}
  answer=${answer%$'\n'*}
  if [[ $code != 200 ]]; then
    because "$(explain_refusal "$code" "$1" "$(printf '%s' "$answer" | jq --raw-output '.error.message? // empty' 2>/dev/null)")"
    return
  fi
  payload=$(printf '%s' "$answer" | jq --raw-output '.payload.data // empty')
  [[ -n $payload ]] && return
  because "$1 is empty; run pulumi up, which writes the runner tokens there"
}

explain_refusal() {
  local remedy
  case $1 in
    400) remedy='the version is disabled or destroyed: enable it, or run pulumi up, which sets the current one' ;;
    401) remedy='the access token is refused: the machine needs the scope cloud-platform' ;;
    403) remedy="give the machine's service account the role roles/secretmanager.secretAccessor on this secret, and enable the API secretmanager.googleapis.com" ;;
    404) remedy='there is no such secret or version: run pulumi up, which writes it' ;;
    429 | 5??) remedy='wait: the machine tries again' ;;
    *) remedy='read the explanation' ;;
  esac
  printf 'Secret Manager answers %s for %s (%s); %s' "$1" "$2" "${3:-no explanation}" "$remedy"
}
