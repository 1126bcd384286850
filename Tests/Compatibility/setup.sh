#!/bin/sh
# Makes .venv with the clients that the compatibility tests drive, and beside it kafka-python 2.0.2. Runs again at
# no cost while the two requirement files stay as they are.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
venv=${VENV:-$here/../../.venv}
stamp=$venv/compatibility.stamp
wanted=$(cat "$here/requirements.txt" "$here/requirements-2.0.2.txt")

if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
    exit 0
fi
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements.txt"
rm -rf "$venv/kafka-python-2.0.2"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps \
    --target "$venv/kafka-python-2.0.2" -r "$here/requirements-2.0.2.txt"
printf '%s\n' "$wanted" >"$stamp"
