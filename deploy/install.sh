#!/bin/sh
# Install Mimic into a Python environment of its own; each package is checked against its hash.
#
#   deploy/install.sh serve|train|gpu [FOLDER]
#
#   serve   what answers in Slack            deploy/requirements-serve.lock
#   train   that, and what trains on CPUs    requirements.lock
#   gpu     that, and CUDA's libraries       deploy/requirements-gpu.lock
#
# FOLDER is /opt/mimic unless it is given; whoever may write there may install. A second run brings
# only what has changed. PYTHON names the interpreter: 3.11, 3.12 or 3.13, by default python3.
set -eu
umask 022

fail() {
    echo "install.sh: $1" >&2
    exit "$2"
}

source=$(cd "$(dirname "$0")/.." && pwd)
case ${1-} in
    serve) lock=$source/deploy/requirements-serve.lock ;;
    train) lock=$source/requirements.lock ;;
    gpu) lock=$source/deploy/requirements-gpu.lock ;;
    *) fail "say what for: install.sh serve|train|gpu [FOLDER]" 2 ;;
esac
folder=${2-/opt/mimic}
python=${PYTHON-python3}
stamp=$folder/installed.lock

"$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' ||
    fail "Python 3.11, 3.12 or 3.13 is needed: name one, as in PYTHON=python3.12." 1

in_folder() {
    "$folder/bin/python" -m pip --quiet --disable-pip-version-check --no-input "$@"
}

if ! [ -x "$folder/bin/python" ]; then
    "$python" -m venv "$folder" || fail "$folder cannot be made: who runs this must be able to write there." 1
fi
if ! cmp -s "$lock" "$stamp"; then
    rm -f "$stamp"
    in_folder install --only-binary :all: --require-hashes --requirement "$lock"
fi
in_folder install --no-deps --force-reinstall "$source"
cp "$lock" "$stamp" # last: what was cut short begins again
echo "$("$folder/bin/mimic" --version) for '$1' is in $folder."
