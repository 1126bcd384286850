"""Runs the commands of the program under test."""

import json
import subprocess

from server import BINARY


def start(*arguments, **options):
    """A command that goes on: the caller ends it."""
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.Popen([str(BINARY), *map(str, arguments)], **options)


def run(*arguments, input=b"", status=0, seconds=60):
    """A command from start to end, with this status; None takes any."""
    done = subprocess.run(
        [str(BINARY), *map(str, arguments)], input=input, capture_output=True, timeout=seconds)
    assert status is None or done.returncode == status, f"status {done.returncode}: {done.stderr.decode()}"
    return done


def produce(server, topic, input, *arguments, **options):
    return run("produce", topic, "--bootstrap", server.address, *arguments, input=input, **options)


def consume(server, *arguments, **options):
    return run("consume", *arguments, "--bootstrap", server.address, **options).stdout


def consume_json(server, *arguments):
    return [json.loads(line) for line in consume(server, *arguments, "--json").splitlines()]
