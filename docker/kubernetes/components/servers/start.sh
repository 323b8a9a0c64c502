#!/bin/sh
# Starts Redis with the password from its file: on the command line, any list of processes would show it.
set -eu
umask 077

file=/run/secrets/redis-password
password=$(cat "$file")
case $password in
    *[!A-Za-z0-9]*) printf '%s must hold letters and digits only; docker/make-secrets.sh makes a good one.\n' "$file" >&2
        exit 1 ;;
esac
if [ "${#password}" -lt 16 ]; then
    printf '%s holds fewer than 16 characters; docker/make-secrets.sh makes a good one.\n' "$file" >&2
    exit 1
fi
printf 'requirepass %s\n' "$password" > /tmp/password.conf
exec redis-server /etc/redis/redis.conf "$@"
