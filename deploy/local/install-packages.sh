#!/bin/sh
# Installs Debian/Ubuntu packages (as root) and leaves no service running that the packages would start by themselves:
# the suite runs its own PostgreSQL and Redis on its own ports. Usage: install-packages.sh PACKAGE...
set -eu
export DEBIAN_FRONTEND=noninteractive

# policy-rc.d is how Debian asks whether a service may be started; 101 means no. One that is already there is left alone.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 130' INT TERM
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi

apt-get update -q
apt-get install -y -q --no-install-recommends "$@"

# Nor at the next boot.
if command -v systemctl >/dev/null 2>&1; then
  for package in "$@"; do
    systemctl disable "$package" >/dev/null 2>&1 || true
  done
fi
