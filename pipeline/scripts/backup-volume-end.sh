#!/bin/sh
docker volume rm --force "operation-$CI_JOB_ID" > /dev/null
