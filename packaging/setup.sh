#!/bin/sh
# Installs the system packages that Orthoscope needs and the machine lacks, on Debian and Ubuntu.
# Does nothing when everything is there. Elsewhere it says what is needed and goes on.
set -eu

missing=""
need() { # package, test command...
    package=$1; shift
    "$@" >/dev/null 2>&1 || missing="$missing $package"
}
has_library() { ldconfig -p 2>/dev/null | grep -q "$1"; }
has_vulkan_driver() {
    find /usr/share/vulkan/icd.d /etc/vulkan/icd.d -name '*.json' 2>/dev/null | grep -q .
}

command -v cargo >/dev/null 2>&1 || {
    echo "error: Rust is not installed" >&2
    echo "hint: install Rust 1.95 or newer with rustup, then run this again" >&2
    exit 1
}

need build-essential command -v cc
need pkg-config command -v pkg-config
need libvulkan1 has_library libvulkan.so.1
need mesa-vulkan-drivers has_vulkan_driver
need libxkbcommon0 has_library libxkbcommon.so.0
need libxkbcommon-x11-0 has_library libxkbcommon-x11.so.0
need libwayland-client0 has_library libwayland-client.so.0
need libx11-6 has_library libX11.so.6
need libx11-xcb1 has_library libX11-xcb.so.1
need libxcursor1 has_library libXcursor.so.1
need libxi6 has_library libXi.so.6
need libxrandr2 has_library libXrandr.so.2

# The tests of projects on a server start a PostgreSQL of their own; without its programs they are skipped, and say so.
has_postgresql() { command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; }
wanted=""
has_postgresql || wanted="postgresql"

[ -n "$missing$wanted" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    [ -z "$missing" ] || echo "note: these Debian packages, or their like on your system, are needed:$missing" >&2
    exit 0
fi
as_root=""
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 || {
        [ -n "$missing" ] || exit 0
        echo "error: these packages are missing and there is no sudo to install them:$missing" >&2
        echo "hint: run as root: apt-get install$missing" >&2
        exit 1
    }
    as_root=sudo
fi
if [ -n "$missing" ]; then
    echo "Installing:$missing"
    $as_root apt-get update -qq
    # shellcheck disable=SC2086 # a list of packages
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
fi
if [ -n "$wanted" ]; then
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$wanted" \
        || echo "note: PostgreSQL cannot be installed; the tests of projects on a server will be skipped" >&2
fi
