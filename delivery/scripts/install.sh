#!/bin/sh
set -eu
# Packages by the lock file, none of whose own scripts run: but for the one that brings Node.js along.
npm ci --ignore-scripts --prefer-offline
npm rebuild node
