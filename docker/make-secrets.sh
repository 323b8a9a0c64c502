#!/bin/sh
# Makes the passwords that are missing in docker/secrets/; those there are stay. The keys are made in their volume, by
#     docker compose run --rm gatehouse keys new /var/lib/gatehouse/keys/signing-keys.json
set -eu

folder=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)/secrets

# Compose hands files over with the owner and the mode that they have here, and each container has a user of its own: the
# files are open, and the folder is what keeps this machine's other users out.
mkdir -p "$folder"
chmod 700 "$folder"
for name in postgres-password redis-password grafana-password; do
    [ -s "$folder/$name" ] && continue
    openssl rand -hex 32 > "$folder/$name.new"
    chmod 444 "$folder/$name.new"
    mv "$folder/$name.new" "$folder/$name"
    printf 'made %s\n' "$folder/$name"
done
if [ ! -e "$folder/smtp-password" ]; then
    printf 'change-me\n' > "$folder/smtp-password"
    printf 'put the password of your mail provider into %s\n' "$folder/smtp-password"
fi
# After an editor has written it, too.
chmod 644 "$folder/smtp-password"
