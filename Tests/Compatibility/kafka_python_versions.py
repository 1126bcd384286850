"""The two versions of kafka-python, each in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import kafka

HERE = Path(__file__).resolve().parent
NEWEST = kafka.__version__
OLD = "2.0.2"
VERSIONS = [OLD, NEWEST]


def old_version_directory():
    """Where setup.sh puts kafka-python 2.0.2; KAFKA_PYTHON_OLD names another place."""
    return Path(os.environ.get("KAFKA_PYTHON_OLD", Path(sys.prefix) / "kafka-python-2.0.2"))


def run_scenario(version, name, *arguments, seconds=60):
    environment = dict(os.environ)
    if version == OLD:
        assert old_version_directory().is_dir(), "kafka-python 2.0.2 is missing: run Tests/Compatibility/setup.sh"
        environment["PYTHONPATH"] = str(old_version_directory())
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(HERE / "kafka_python_scenarios.py"), name, *map(str, arguments)],
        env=environment, capture_output=True, text=True, timeout=seconds)
    assert done.returncode == 0, f"kafka-python {version}, {name}:\n{done.stdout}{done.stderr}"
