# Shared by the scripts beside it: where the project is, how they speak, where the pinned tools lie. Sourced, not run.
# shellcheck shell=bash

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
TOOLS="$ROOT/.tools"
export PATH="$TOOLS/bin:$PATH"

say() { printf '== %s\n' "$*"; }
note() { printf '   %s\n' "$*"; }
die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# What cargo is to build: everything, or without GStreamer all but what links it. Not single packages: the same dependencies with
# other features would be built once more.
ALL=()
if have pkg-config && pkg-config --exists gstreamer-webrtc-1.0; then ALL=(--workspace); fi

free_gib() { df --output=avail -B 1G "$1" | tail -n 1 | tr -dc '0-9'; }
# Says so where the disk is too small for what is built (about 7 GiB) and for the data of the tests.
room_on_disk() {
    local folder
    for folder in "$ROOT" "${TMPDIR:-/tmp}"; do
        if [ "$(free_gib "$folder")" -lt 10 ]; then
            note "only $(free_gib "$folder") GiB are free for $folder: building and testing everything takes about 10"
        fi
    done
}

# Runs a named step and remembers how it went; `summary` then tells all of them and fails if one did.
STEPS=()
FAILED=0
step() {
    local name=$1 begun=$SECONDS
    shift
    say "$name"
    if "$@"; then
        STEPS+=("ok      $((SECONDS - begun))s  $name")
    else
        STEPS+=("FAILED  $((SECONDS - begun))s  $name")
        FAILED=1
    fi
}
skip() {
    say "$1: left out, $2"
    STEPS+=("skipped     $1 ($2)")
}
summary() {
    printf '\n'
    printf '%s\n' "${STEPS[@]}"
    room_on_disk
    return "$FAILED"
}
