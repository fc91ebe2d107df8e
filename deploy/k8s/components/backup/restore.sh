#!/bin/bash
# Brings databases back from a folder that backup.sh wrote. The services have to be stopped; their sums are checked before anything is touched,
# and each database is restored in one transaction: whole or not at all. ./jiceng drill runs this file too.
#
#   restore.sh FOLDER [SERVICE...]     cadre grid scoring when none is named
#
# PGHOST, PGPORT, PGUSER, PGPASSWORD   the server, and an account that may create all (a superuser, or the owner of the databases)
# RESTORE_KEY_FILE                     private key (OpenPGP) of encrypted dumps
set -euo pipefail
umask 077

folder=${1:?says which backup}
shift
if [ -n "${RESTORE_KEY_FILE:-}" ]; then
  GNUPGHOME=$(mktemp -d)
  export GNUPGHOME
  trap 'gpgconf --kill all >/dev/null 2>&1 || true; rm -rf "$GNUPGHOME"' EXIT
  gpg --batch --quiet --import "$RESTORE_KEY_FILE"
fi

(cd "$folder" && sha256sum --check --quiet SHA256SUMS)

open() {
  case $1 in
    *.gpg) gpg --batch --quiet --decrypt "$1" ;;
    *) cat "$1" ;;
  esac
}

for service in "${@:-cadre grid scoring}"; do
  for one in $service; do
    users=$(psql -XAt --no-password -d "jiceng_$one" -c "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'jiceng_$one'")
    if [ "$users" != 0 ]; then
      echo "restore: $one still has $users connections; stop the service first" >&2
      exit 1
    fi
    file=$folder/$one.dump
    [ -f "$file" ] || file=$file.gpg
    open "$file" | pg_restore --clean --if-exists --single-transaction --exit-on-error --no-password -d "jiceng_$one"
    echo "restore: jiceng_$one from $file"
  done
done
