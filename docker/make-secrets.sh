#!/bin/sh
# Makes the passwords that are missing in docker/secrets/; existing ones stay. The keys are made in their volume, by
#     docker compose run --rm gatehouse keys new /var/lib/gatehouse/keys/signing-keys.json
set -eu

folder=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)/secrets

# Containers see the files with their owner and mode here, and each container runs as a different user. So the
# files are readable, and the folder keeps this machine's other users out.
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
