#!/bin/sh
# Unpacks Debian's package of wrk and of its Lua into the current folder, without root.
set -eu
mkdir -p lists/partial archives/partial
# Lists and archives of its own: those of the machine belong to root.
options="-o Dir::State::lists=lists -o Dir::Cache=. -o Dir::Cache::archives=archives -o APT::Sandbox::User="
apt-get -qq $options update
lua=$(apt-cache $options depends wrk | sed -n 's/.* \(libluajit[^ ]*\)$/\1/p' | head -n 1)
apt-get -qq $options download wrk "$lua"
for package in *.deb; do
    dpkg -x "$package" .
done
rm -rf lists archives ./*.deb ./*.bin
