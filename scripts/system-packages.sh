#!/bin/sh
# Makes sure that the system packages which a set-up needs are there: names the missing ones, then installs them.
# Whoever sits at a terminal and is not root is asked before; root and machines without a terminal, such as CI, are not.
# Usage: scripts/system-packages.sh PACKAGE ...
set -eu

missing=""
for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=""
if [ "$(id -u)" -ne 0 ]; then
    by_hand="run 'apt-get install$missing' as root, then try again."
    command -v sudo >/dev/null || { echo "System packages are missing: $by_hand" >&2; exit 1; }
    as_root="sudo"
    if [ -t 0 ]; then
        echo "These system packages are missing:$missing"
        printf "Install them with apt-get? sudo may ask for your password. (y/N) "
        read -r answer || answer=""
        case "$answer" in
            [yY]*) ;;
            *) echo "Nothing was installed: $by_hand" >&2; exit 1 ;;
        esac
    fi
fi
echo "These system packages are installed now:$missing"
$as_root apt-get update -q
# shellcheck disable=SC2086 # the list is meant to be split
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -q -y --no-install-recommends $missing
