#!/bin/sh
# Puts the passwords, which are files here, into the addresses that Gatehouse reads from its environment, and starts the command.
# GATEHOUSE_DATABASE_URL=postgres://gatehouse:PASSWORD@postgres/gatehouse with GATEHOUSE_DATABASE_PASSWORD_FILE=/a/file
# becomes one with the file's text in place of PASSWORD; an address without `:PASSWORD@` stays as it is.
set -eu

refuse() {
    printf 'gatehouse: %s\n' "$1" >&2
    exit 2
}

# The text of the file, refused if it cannot be a real password: $1 the file, $2 the fewest characters.
password_in() {
    [ -r "$1" ] || refuse "$1 cannot be read; docker/make-secrets.sh makes the files of the passwords."
    password=$(cat "$1")
    [ -n "$password" ] || refuse "$1 is empty; put the password into it."
    case $(printf %s "$password" | tr '[:upper:]_ ' '[:lower:]--') in
        *change-me* | *changeme* | *placeholder* | *example* | password* | secret* | gatehouse* | default*)
            refuse "$1 holds a placeholder and no password of your own." ;;
    esac
    [ "${#password}" -ge "$2" ] || refuse "$1 holds fewer than $2 characters; docker/make-secrets.sh makes a good one."
}

# Every octet as %XX: whatever the password holds, it cannot end its part of the address.
encoded() {
    printf %s "$1" | od -An -v -tx1 | tr -d ' \n' | sed 's/../%&/g'
}

# $1 the address, $2 the variable that names the file, $3 the file, $4 the fewest characters; the answer is in `whole`.
complete() {
    whole=$1
    case $1 in
        *:PASSWORD@*)
            [ -n "$3" ] || refuse "$2 is not set: it names the file with the password."
            password_in "$3" "$4"
            whole=${1%%:PASSWORD@*}:$(encoded "$password")@${1#*:PASSWORD@} ;;
    esac
}

complete "${GATEHOUSE_DATABASE_URL:-}" GATEHOUSE_DATABASE_PASSWORD_FILE "${GATEHOUSE_DATABASE_PASSWORD_FILE:-}" 16
export GATEHOUSE_DATABASE_URL="$whole"
complete "${GATEHOUSE_DATABASE_DIRECT_URL:-}" GATEHOUSE_DATABASE_PASSWORD_FILE "${GATEHOUSE_DATABASE_PASSWORD_FILE:-}" 16
export GATEHOUSE_DATABASE_DIRECT_URL="$whole"
complete "${GATEHOUSE_REDIS_URL:-}" GATEHOUSE_REDIS_PASSWORD_FILE "${GATEHOUSE_REDIS_PASSWORD_FILE:-}" 16
export GATEHOUSE_REDIS_URL="$whole"
# The provider chooses this one, so it may be short.
complete "${GATEHOUSE_SMTP_URL:-}" GATEHOUSE_SMTP_PASSWORD_FILE "${GATEHOUSE_SMTP_PASSWORD_FILE:-}" 1
export GATEHOUSE_SMTP_URL="$whole"
unset password whole

exec "$@"
