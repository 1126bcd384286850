#!/usr/bin/env python3
"""Measures the broker as it is built: `make bench`, or benchmarks/broker.py [--records N] [--start-gigabytes N].

Starts a server of its own on a temporary directory, runs `platform bench broker` over partitions, connections and sizes,
and times a start on the data that is left. Everything is fsynced before it is acknowledged (flush=group). Client and
server share the machine: figures of one run compare with each other, not with those of another. Fails on no figure.
"""

import argparse
import json
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

PLATFORM = Path(os.environ.get("SERVER_UNDER_TEST", Path(__file__).resolve().parents[1] / ".build/release/platform"))
ROWS = [
    # partitions, producing connections, bytes of a record, share of the records
    (1, 1, 100, 1.0),
    (1, 1, 1024, 0.3),
    (100, 1, 100, 1.0),
    (1000, 1, 100, 1.0),
    (12, 50, 100, 1.0),
    (12, 2000, 100, 1.0),
]


class Server:
    """A server process, until `stop`."""

    def __init__(self, directory):
        start = time.monotonic()
        self.process = subprocess.Popen(
            [PLATFORM, "serve", "--data-dir", directory, "--kafka-port", "0", "--http-port", "0"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        line = self.process.stdout.readline()
        self.seconds_to_ready = time.monotonic() - start
        if not line:
            raise SystemExit(f"the server ended with status {self.process.wait()} before it was ready")
        self.address = json.loads(line)["listen"]["kafka"]

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        self.process.wait(timeout=60)


def bench(server, partitions, connections, size, records, round_trips=0):
    done = subprocess.run(
        [PLATFORM, "bench", "broker", "--bootstrap", server.address, "--server-pid", str(server.process.pid), "--json",
         "--partitions", str(partitions), "--connections", str(connections), "--size", str(size),
         "--records", str(records), "--round-trips", str(round_trips)], stdout=subprocess.PIPE, timeout=1800)
    if done.returncode:
        raise SystemExit(f"bench broker ended with status {done.returncode}")
    return json.loads(done.stdout)


def print_row(report):
    produce, consume = report["produce"], report["consume"]
    print(
        f"{report['partitions']:>10} {report['connections']:>11} {report['size']:>6}"
        f" {produce['records_per_second'] / 1e6:>8.2f} {produce['bytes_per_second'] / 1e6:>7.0f}"
        f" {produce['server_cpu_seconds_per_million']:>8.3f} {produce['p99_latency_ms']:>8.1f}"
        f" {consume['records_per_second'] / 1e6:>8.2f} {consume['server_cpu_seconds_per_million']:>8.3f}"
        f" {report['server_resident_bytes'] >> 20:>8}", flush=True)


def fill(directory, gigabytes):
    """Leaves a topic of so much data behind, as `bench broker` deletes its own."""
    server = Server(directory)
    chunk = b"".join(b"%0999d\n" % i for i in range(1000))
    producer = subprocess.Popen(
        [PLATFORM, "produce", "filling", "--bootstrap", server.address, "--quiet"], stdin=subprocess.PIPE)
    for _ in range(gigabytes * 1000):
        producer.stdin.write(chunk)
    producer.stdin.close()
    if producer.wait(timeout=1800):
        raise SystemExit("produce failed")
    server.stop(signal.SIGKILL)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=3_000_000, help="records of a row")
    parser.add_argument("--start-gigabytes", type=int, default=1, help="data of the last start, after kill -9; 0: none")
    parser.add_argument("--directory", help="where the data goes; by default the system's temporary directory")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.directory) as directory:
        empty = os.path.join(directory, "empty")
        server = Server(empty)
        print(f"start to ready, empty: {server.seconds_to_ready:.2f} s")
        print("                            ------- produce, fsynced ------- --- consume --- resident")
        print("partitions connections  bytes     M/s    MB/s  CPU s/M  p99 ms      M/s  CPU s/M      MiB")
        for partitions, connections, size, share in ROWS:
            print_row(bench(server, partitions, connections, size, int(options.records * share)))
        trips = bench(server, 1, 1, 100, 1, round_trips=2000)["round_trips"]
        print(f"one at a time: acknowledged p50 {trips['p50_latency_ms']:.2f} ms, p99 {trips['p99_latency_ms']:.2f} ms")
        server.stop()
        if options.start_gigabytes:
            filled = os.path.join(directory, "filled")
            fill(filled, options.start_gigabytes)
            server = Server(filled)
            print(f"start to ready, {options.start_gigabytes} GB after kill -9: {server.seconds_to_ready:.2f} s")
            server.stop()


if __name__ == "__main__":
    main()
