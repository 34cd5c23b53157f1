#!/bin/sh
rm -rf "$DOCKER_CONFIG"
