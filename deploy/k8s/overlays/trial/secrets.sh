#!/usr/bin/env bash
# Prints the Secrets of a trial; what it makes up it keeps in a folder, so that it prints the same the next time.
# Usage: secrets.sh | kubectl apply --namespace jiceng -f -      The folder is JICENG_DATA, .local/trial when that is not set.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../../.." && pwd -P)
export JICENG_DATA=${JICENG_DATA:-$root/.local/trial}
kept=$JICENG_DATA/cluster
umask 077
mkdir -p "$kept"

# A value that is made once.
value() {
  [ -s "$kept/$1" ] || "${@:2}" >"$kept/$1"
  cat "$kept/$1"
}

password() { value "$1" openssl rand -hex 24; }

# secret NAME KEY=VALUE...
secret() {
  printf -- '---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: %s\nstringData:\n' "$1"
  local pair
  for pair in "${@:2}"; do
    printf '  %s: |-\n' "${pair%%=*}"
    printf '%s\n' "${pair#*=}" | sed 's/^/    /'
  done
}

# Made first: a failure inside of an argument would go unnoticed.
token() { "$root/jiceng" token --role service --subject "service:$1" --lifetime 366d; }

grid_token=$(value grid-token token grid)
scoring_token=$(value scoring-token token scoring)

secret dapr-api-token "token=$(password dapr-api)"
secret dapr-app-token "token=$(password dapr-app)"
secret redis host=redis:6379 "password=$(password redis)" "ConnectionStrings__Redis=redis:6379,password=$(password redis)"
secret postgres "postgres=$(password postgres)" "cadre=$(password cadre)" "grid=$(password grid)" "scoring=$(password scoring)"
connection() { echo "ConnectionStrings__Postgres=Host=postgres;Database=jiceng_$1;Username=jiceng_$1;Password=$(password "$1");Maximum Pool Size=20"; }
secret cadre-postgres "$(connection cadre)"
secret grid-postgres "$(connection grid)"
secret scoring-postgres "$(connection scoring)"
secret personal-keys Personal__CurrentKey=trial "Personal__Keys__trial=$(value personal openssl rand -base64 32)" "Personal__HashKey=$(value hash openssl rand -base64 32)"
secret grafana "admin-password=$(password grafana)"
secret grid-service-token "token=$grid_token"
secret scoring-service-token "token=$scoring_token"
# The key that ./jiceng token signed with.
secret token-key "public.pem=$(cat "$JICENG_DATA/keys/token-signing.public.pem")"
