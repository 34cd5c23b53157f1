#!/bin/sh
set -eu
# Attaches to the BuildKit container that the host keeps, and creates it where there is none. It is shared with other
# jobs of this trust level: nothing here removes it.
docker buildx create --name "$BUILDER" --driver docker-container --bootstrap --use
