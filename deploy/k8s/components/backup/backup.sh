#!/bin/bash
# Dumps the databases of the suite into a folder of their own, encrypted, and removes old ones. The CronJob and ./jiceng drill run this file.
#
#   backup.sh [SERVICE...]      scoring grid cadre when none is named: the one that hears the others first (docs/runbook.md)
#
# PGHOST, PGPORT, PGUSER, PGPASSWORD   the server, and an account that may read all
# BACKUP_DIR                           where the folders of backups lie
# BACKUP_RECIPIENT_FILE                public key (OpenPGP) that they are encrypted for; or BACKUP_PLAIN=yes, where the disk is encrypted
# BACKUP_NAME                          name of the folder; the time when left out
# BACKUP_KEEP_DAYS                     older ones are removed (30); the newest three stay whatever their age
set -euo pipefail
umask 077

: "${BACKUP_DIR:?says where backups go}"
name=${BACKUP_NAME:-$(date -u +%Y%m%dT%H%M%SZ)}
keep=${BACKUP_KEEP_DAYS:-30}
recipient=${BACKUP_RECIPIENT_FILE:-}
if [ -z "$recipient" ] && [ "${BACKUP_PLAIN:-}" != yes ]; then
  echo "backup: BACKUP_RECIPIENT_FILE is not set, and BACKUP_PLAIN is not yes: nothing is written unencrypted by accident" >&2
  exit 2
fi

ending=dump
if [ -n "$recipient" ]; then
  ending=dump.gpg
  GNUPGHOME=$(mktemp -d)
  export GNUPGHOME
  trap 'rm -rf "$GNUPGHOME"' EXIT
fi

seal() {
  if [ -n "$recipient" ]; then
    gpg --batch --quiet --no-autostart --trust-model always --compress-algo none --recipient-file "$recipient" --encrypt
  else
    cat
  fi
}

folder=$BACKUP_DIR/$name
mkdir -p "$folder"
for service in "${@:-scoring grid cadre}"; do
  for one in $service; do
    # A file without .part is whole: a dump that broke off is never taken for one.
    pg_dump -Fc --no-password -d "jiceng_$one" | seal >"$folder/$one.$ending.part"
    mv "$folder/$one.$ending.part" "$folder/$one.$ending"
    echo "backup: $folder/$one.$ending, $(stat -c %s "$folder/$one.$ending") bytes"
  done
done
(cd "$folder" && sha256sum -- *."$ending" >SHA256SUMS)

find "$BACKUP_DIR" -mindepth 1 -maxdepth 1 -type d -name '2*T*Z' | sort | head -n -3 | while read -r old; do
  if [ -n "$(find "$old" -maxdepth 0 -mtime "+$keep")" ]; then
    rm -r "$old"
    echo "backup: removed $old, older than $keep days"
  fi
done
