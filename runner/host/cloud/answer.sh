#!/bin/bash
# Answers one request of Google's health check, on standard input and output: 200 where the last look at this machine
# found nothing wrong, or where it drains; else 503, and why. It runs as an account that can do nothing else.
set -euo pipefail

RUN=/run/buildx-runners
# Looks are two minutes apart and may take five each.
STALE=900

reply() {
  printf 'HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %s\r\nConnection: close\r\n\r\n%s\n' \
    "$1" "$((${#2} + 1))" "$2"
  exit
}

method='' path='' line=''
IFS=' ' read -r -t 5 method path line || true
# What is left unread would reset the connection before the answer has arrived.
while [[ $line != $'\r' && -n $line ]]; do IFS= read -r -t 5 line || break; done

[[ $method == GET || $method == HEAD ]] || reply '405 Method Not Allowed' 'only GET'
[[ $path == /healthz ]] || reply '404 Not Found' 'only /healthz'
if [[ -e $RUN/draining ]]; then reply '200 OK' draining; fi
[[ -f $RUN/health ]] || reply '503 Service Unavailable' 'no health check has run since this machine booted'
read -r at outcome <"$RUN/health"
now=$(cut -d. -f1 /proc/uptime)
((now - at < STALE)) || reply '503 Service Unavailable' "no health check has run for $((now - at)) seconds"
[[ $outcome == ok ]] || reply '503 Service Unavailable' "$outcome"
reply '200 OK' ok
