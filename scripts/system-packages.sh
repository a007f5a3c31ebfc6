#!/bin/sh
# Makes sure that the system packages which a set-up needs are there: names the missing ones, then installs them.
# Usage: scripts/system-packages.sh PACKAGE ...
set -eu

missing=""
for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "These system packages are missing and are installed now:$missing"
as_root=""
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "They need root: run 'apt-get install$missing' as root, then try again." >&2; exit 1; }
    as_root="sudo"
fi
$as_root apt-get update -q
# shellcheck disable=SC2086 # the list is meant to be split
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -q -y --no-install-recommends $missing
