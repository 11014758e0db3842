#!/usr/bin/env bash
# Makes every key that a production server needs, on a machine that you trust. certs/README.md says what each is for.
#
#   certs/generate.sh --login https://login.province.example [--region 34] [--roots 3] [--threshold 2]
#
# Writes certs/keys (for the server), certs/public (the signed trust list and the root set), certs/roots (for the people who keep
# the root keys: take them away from here) and certs/secrets (for docker compose). Never overwrites a key.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
login= region=34 roots=3 threshold=2
while [ $# -gt 0 ]; do
  case "$1" in
    --login) login=$2 ;;
    --region) region=$2 ;;
    --roots) roots=$2 ;;
    --threshold) threshold=$2 ;;
    *) sed -n '2,9p' "${BASH_SOURCE[0]}"; exit 64 ;;
  esac
  shift 2
done
[ -n "$login" ] || { sed -n '2,9p' "${BASH_SOURCE[0]}"; exit 64; }
command -v openssl > /dev/null || { echo "openssl is missing: install it first." >&2; exit 1; }

umask 077
mkdir -p "$here/keys" "$here/public" "$here/roots" "$here/secrets"

key() { # FILE: a key, PKCS#8
  [ -e "$1" ] || openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2> /dev/null
}
secret() { # FILE COMMAND...
  local file=$1; shift
  [ -e "$file" ] || { "$@" > "$file.new" && mv "$file.new" "$file"; }
}

for purpose in person enterprise vehicle status audit; do key "$here/keys/$purpose.key.pem"; done
secret "$here/keys/master.secret" openssl rand -base64 32

for number in $(seq 1 "$roots"); do
  key "$here/roots/root-$number.key.pem"
  [ -e "$here/roots/root-$number.pub.pem" ] || openssl pkey -in "$here/roots/root-$number.key.pem" -pubout -out "$here/roots/root-$number.pub.pem"
done

# docker compose: each file is a setting or a password of its own.
secret "$here/secrets/database-password" openssl rand -hex 24
secret "$here/secrets/redis-password" openssl rand -hex 24
secret "$here/secrets/ConnectionStrings__Database" printf 'Host=database;Username=identity;Database=identity;Password=%s' "$(cat "$here/secrets/database-password")"
secret "$here/secrets/ConnectionStrings__Redis" printf 'redis:6379,user=identity,password=%s' "$(cat "$here/secrets/redis-password")"
# No scripts (their engine has been broken into before), no CONFIG, nothing that empties a database.
secret "$here/secrets/redis-users.acl" printf 'user default off\nuser probe on >probe -@all +ping\nuser identity on >%s ~* &* -@all +@read +@write +@string +@hash +@transaction +@pubsub +@connection +info +ping -@dangerous +info -@scripting\n' "$(cat "$here/secrets/redis-password")"

# The root keys sign the first trust list. Later ones: the same command, wherever the root keys are kept.
if command -v dotnet > /dev/null; then
  dotnet run --project "$here/../src/Identity.Server" -- sign-trust-list \
    --keys "$here/keys" --roots "$here/roots" --out "$here/public" --login "$login" --region "$region" --threshold "$threshold"
else
  echo "No .NET SDK here, so the trust list is not signed yet: certs/README.md, 'Signing the trust list'." >&2
fi
# The server runs as another user than the one who made these.
chmod 0755 "$here/keys" "$here/public"
chmod 0644 "$here"/public/* 2> /dev/null || true
cat <<TEXT

certs/keys     for the server: Trust__KeyFolder=$here/keys
               Trust__TrustListFile=$here/public/trust-list.cose Trust__RootsFile=$here/public/trust-roots.json
               Give the files to the user that runs the server (the container's is 1654) and to nobody else: chown 1654 certs/keys/*
certs/roots    NOT for the server. Move each root-N.key.pem to its keeper, keep the .pub.pem files.
certs/secrets  for docker compose.
Verifiers need certs/public/trust-roots.json, handed over by a way that you trust.
TEXT
