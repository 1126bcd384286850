"""The server under test as a process: started on free ports, watched, ended by its pid."""

import json
import os
import select
import signal
import subprocess
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("SERVER_UNDER_TEST", REPOSITORY / ".build/release/platform"))

READY_SECONDS_MAX = 20
STOP_SECONDS_MAX = 10


def eventually(check, seconds=10.0, interval=0.02, what="the condition"):
    """Polls until `check` returns something true, and returns that; fails at the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        result = check()
        if result:
            return result
        if time.monotonic() >= deadline:
            raise AssertionError(f"{what} did not come true within {seconds} s")
        time.sleep(interval)


class Server:
    """One server process on one data directory. It may be killed and started again; it keeps its port then."""

    def __init__(self, directory, settings=None, port=0):
        self.directory = Path(directory)
        self.data = self.directory / "data"
        self.log_path = self.directory / "server.log"
        self.settings = dict(settings or {})
        self.port = port
        self.process = None
        self.ready = None

    # -- Life

    def start(self):
        arguments = [str(BINARY), "serve", "--data-dir", str(self.data), "--kafka-port", str(self.port)]
        arguments += ["--http-port", "0"]
        for key, value in self.settings.items():
            arguments += ["--set", f"{key}={value}"]
        # The server takes settings from PLATFORM_…: what this process was told is not for it.
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PLATFORM_")}
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=log, env=environment)
        line = self._first_line(READY_SECONDS_MAX)
        self.ready = json.loads(line)
        assert self.ready["ready"] is True and self.ready["pid"] == self.process.pid
        self.port = int(self.ready["listen"]["kafka"].rpartition(":")[2])
        return self

    def _first_line(self, seconds):
        pipe = self.process.stdout.fileno()
        deadline = time.monotonic() + seconds
        line = b""
        while not line.endswith(b"\n"):
            readable, _, _ = select.select([pipe], [], [], max(0, deadline - time.monotonic()))
            assert readable, f"no ready line within {seconds} s\n{self.log_tail()}"
            byte = os.read(pipe, 1)
            assert byte, f"the server ended before it was ready\n{self.log_tail()}"
            line += byte
        return line

    def kill(self):
        """kill -9: what has not reached the disk by now must not have been acknowledged."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=STOP_SECONDS_MAX)

    def terminate(self):
        """SIGTERM: drains and exits 0."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=STOP_SECONDS_MAX)

    def restart_after_kill(self):
        self.kill()
        return self.start()

    def close(self):
        """Ends the process if it still runs, however it takes it."""
        if self.process is None or self.process.poll() is not None:
            return
        try:
            self.terminate()
        except subprocess.TimeoutExpired:
            self.kill()

    # -- Looking at it

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    @property
    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def resident_bytes(self):
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("no VmRSS: is the server running?")

    def open_sockets(self):
        count = 0
        for descriptor in Path(f"/proc/{self.process.pid}/fd").iterdir():
            try:
                count += os.readlink(descriptor).startswith("socket:")
            except FileNotFoundError:
                pass  # closed while we looked
        return count

    def log_tail(self, lines=60):
        if not self.log_path.exists():
            return "(no log)"
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])
