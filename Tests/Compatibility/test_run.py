"""`platform run` and the scripts of examples/, against the server."""

import hashlib
import http.server
import json
import signal
import socket
import subprocess
import threading
import time

import pytest

import command
from confluent import create_topic, read_partition
from server import BINARY, REPOSITORY, eventually

EXAMPLES = REPOSITORY / "examples"


def run(server, script, *arguments, **options):
    return command.run("run", "--connect", server.address, script, "--", *arguments, **options)


@pytest.fixture
def script(tmp_path):
    """Writes a script to a file of its own."""

    def write(text):
        path = tmp_path / "script.lua"
        path.write_text(text)
        return path

    return write


def rows_file(path, count):
    with open(path, "w") as file:
        file.write("order_id,customer,amount,note\n")
        for i in range(count):
            file.write(f'o-{i},c-{i % 50},{i % 977},"note, ""{i}"""\n')
    return path


def keys_of(server, topic):
    return [record["key"] for record in command.consume_json(server, topic, "-e")]


def test_every_row_of_a_csv_file_is_loaded_once(server, name, tmp_path):
    rows = rows_file(tmp_path / "rows.csv", 20_000)
    load = EXAMPLES / "csv-to-topic.lua"
    done = run(server, load, rows, "--topic", name, "--partitions", "3", "--integers", "amount")
    assert b"20000 written" in done.stderr
    records = command.consume_json(server, name, "-e")
    assert sorted(r["key"] for r in records) == sorted(f"o-{i}" for i in range(20_000))
    assert {r["partition"] for r in records} == {0, 1, 2}
    first = next(json.loads(r["value"]) for r in records if r["key"] == "o-7")
    assert first == {"order_id": "o-7", "customer": "c-7", "amount": 7, "note": 'note, "7"'}
    again = run(server, load, rows, "--topic", name, "--integers", "amount")
    assert b"0 written, 20000 skipped as already there" in again.stderr
    assert len(keys_of(server, name)) == 20_000


def test_a_load_that_is_killed_goes_on(server, name, tmp_path):
    count = 200_000
    rows = rows_file(tmp_path / "rows.csv", count)
    load = [str(BINARY), "run", "--connect", server.address, str(EXAMPLES / "csv-to-topic.lua"), str(rows), "--topic", name]

    def stored():
        listing = command.run("topic", "describe", name, "--bootstrap", server.address, "--json", status=None)
        if listing.returncode != 0:
            return 0
        return sum(p["end_offset"] for t in json.loads(listing.stdout)["topics"] for p in t["partitions"])

    for threshold in (1, count // 4, count // 2):
        process = subprocess.Popen(load, stderr=subprocess.DEVNULL)
        try:
            eventually(lambda: stored() > threshold or process.poll() is not None, 30, what="some records")
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
    command.run(*load[1:])
    assert sorted(keys_of(server, name)) == sorted(f"o-{i}" for i in range(count))


def test_bad_rows_are_rejected(server, name, tmp_path):
    rows = tmp_path / "rows.csv"
    rows.write_text('order_id,n\no-1,1\no-2,x\no"3,3\no-4,4\n')
    rejects = tmp_path / "rejects.jsonl"
    options = [rows, "--topic", name, "--integers", "n", "--rejects", rejects]
    done = run(server, EXAMPLES / "csv-to-topic.lua", *options, status=3)
    assert b"2 rows of" in done.stderr
    assert [json.loads(line)["line"] for line in rejects.read_text().splitlines()] == [3, 4]
    assert sorted(keys_of(server, name)) == ["o-1", "o-4"]


def test_a_dry_run_writes_nothing(server, name, tmp_path):
    rows = rows_file(tmp_path / "rows.csv", 10)
    done = command.run(
        "run", "--dry-run", "--connect", server.address, EXAMPLES / "csv-to-topic.lua", rows, "--topic", name)
    assert b"nothing was written" in done.stderr and f"create topic {name}".encode() in done.stderr
    assert name not in command.run("topic", "list", "--bootstrap", server.address).stdout.decode()


def test_the_most_frequent_values(server, name):
    lines = b"".join(b'{"customer":{"id":"c-%d"}}\n' % (i % 7 % 3) for i in range(70)) + b"no JSON\n"
    command.produce(server, name, lines)
    done = run(server, EXAMPLES / "top-n.lua", name, "customer.id", "--n", "2")
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"value": "c-0", "count": 30}, {"value": "c-1", "count": 20}]
    assert b"1 of 71 records have no such field" in done.stderr


def test_dead_letters_are_sent_back(server, name):
    create_topic(server, name)
    dead = f"{name}.dlq"
    command.produce(server, dead, b"one\n", "-H", f"x-origin-topic={name}", "-H", "x-error-code=RETRY")
    command.produce(server, dead, b"two\n", "-H", f"x-origin-topic={name}", "-H", "x-redrive=3")
    redrive = EXAMPLES / "redrive.lua"
    looked = json.loads(run(server, redrive, dead).stdout)
    assert looked == {"sent": 1, "kept": 1, "by_code": {"RETRY": 1, "none": 1}, "done": False}
    assert json.loads(run(server, redrive, dead, "--group", name, "--go").stdout)["sent"] == 1
    message = read_partition(server, name, 1)[0]
    assert message.value() == b"one" and ("x-redrive", b"1") in message.headers()
    assert json.loads(run(server, redrive, dead, "--group", name, "--go").stdout)["sent"] == 0


def test_a_group_goes_on_behind_what_was_dealt_with(server, name, script):
    command.produce(server, name, b"".join(b"%d\n" % i for i in range(100)))
    text = """
        local args = platform.args { { "mode", "string" } }
        local p <close> = platform.connect()
        for msg in p:consume { topic = "%s", group = "%s", to = "end" } do
            platform.out(msg.value)
            if msg.value == "29" and args.mode == "break" then break end
            if msg.value == "59" and args.mode == "fail" then error("poison") end
        end
    """ % (name, name)
    path = script(text)
    first = run(server, path, "break").stdout.split()
    assert first == [b"%d" % i for i in range(30)]
    second = run(server, path, "fail", status=1)
    assert second.stdout.split() == [b"%d" % i for i in range(30, 60)] and b"poison" in second.stderr
    # What failed comes again.
    assert run(server, path).stdout.split() == [b"%d" % i for i in range(59, 100)]


def test_records_keep_everything_they_have(server, name, script):
    create_topic(server, name, 2)
    path = script("""
        local p <close> = platform.connect()
        local at = p:produce("%s", { key = "k", value = "\\0\\255", headers = { h = "v" }, partition = 1, timestamp = 1234 })
        platform.out(at)
        p:produce("%s", { key = "gone", partition = 1 })
        for msg in p:consume { topic = "%s", from = "earliest", to = "end", partition = 1 } do
            platform.out { msg.key, platform.hex.encode(msg.value or ""), msg:header("h") or "none", msg.timestamp,
                msg.partition, msg.offset, msg.value == nil }
        end
        platform.out(p:offsets("%s"))
    """ % ((name,) * 4))
    lines = [json.loads(line) for line in run(server, path).stdout.splitlines()]
    assert lines[0] == {"partition": 1, "offset": 0}
    assert lines[1][:6] == ["k", "00ff", "v", 1234, 1, 0] and lines[1][6] is False
    assert lines[3] == [{"first": 0, "next": 0}, {"first": 0, "next": 2}]


def test_no_server_has_a_status_of_its_own(script):
    done = command.run("run", "--connect", "127.0.0.1:1", script("platform.connect()"), status=4)
    assert b"connection refused" in done.stderr and b"--embedded" in done.stderr


def test_an_interrupted_script_closes_and_ends(script):
    path = script("""
        local x <close> = setmetatable({}, { __close = function() platform.out("closed") end })
        print("waiting")
        platform.sleep("1h")
    """)
    process = command.start("run", path)
    assert process.stderr.readline() == b"waiting\n"
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=10)
    assert process.returncode == 130 and output == b"closed\n"


def test_a_timeout_ends_a_script(script):
    started = time.monotonic()
    command.run("run", "--timeout", "300ms", script('platform.sleep("1h")'), status=124)
    assert time.monotonic() - started < 10


@pytest.fixture
def web():
    """An HTTP server on a free port that lists orders at /orders, redirects /old there, and keeps what is posted."""
    posted = []

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            if self.path == "/old":
                return self.answer(302, b"", {"Location": "orders?page=1"})
            if self.path == "/orders?page=1":
                return self.answer(200, json.dumps([{"id": f"o-{i}", "n": i} for i in range(100)]).encode())
            self.answer(404, b"no such page")

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            posted.append((self.path, self.headers["Content-Type"], self.headers["X-Sum"], json.loads(body)))
            self.answer(201, b'{"accepted": true}')

        def answer(self, status, body, headers=None):
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.posted = posted
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_script_copies_from_http_and_reports_back(server, name, script, web):
    path = script(f"""
        local url = "{web.url}"
        local p <close> = platform.connect()
        local orders = assert(platform.http.get(url .. "/old"))
        assert(orders.status == 200 and orders.url == url .. "/orders?page=1")
        local sum = 0
        do
            local w <close> = p:producer("{name}")
            for _, order in ipairs(assert(orders:json())) do
                w:send {{ key = order.id, value = platform.json.encode(order) }}
                sum = sum + order.n
            end
        end
        local done = assert(platform.http.post(url .. "/done", {{
            json = {{ sum = sum }},
            headers = {{ ["x-sum"] = platform.hex.encode(platform.crypto.sha256(tostring(sum))) }},
        }}))
        local missing = assert(platform.http.get(url .. "/nosuch"))
        platform.out {{ done.status, done:json("accepted"), missing.status, missing.body }}
        local none, message = platform.http.get("http://127.0.0.1:1/")
        platform.out(message)
    """)
    create_topic(server, name, 1)
    done = command.run("run", "--connect", server.address, path)
    answers, failure = done.stdout.splitlines()
    assert json.loads(answers) == [201, True, 404, "no such page"]
    assert failure == b"GET http://127.0.0.1:1: connection refused"
    digest = hashlib.sha256(b"4950").hexdigest()
    assert web.posted == [("/done", "application/json", digest, {"sum": 4950})]
    assert sorted(keys_of(server, name)) == sorted(f"o-{i}" for i in range(100))


def test_a_script_that_waits_for_http_ends_at_its_timeout(script):
    silent = socket.create_server(("127.0.0.1", 0))
    with silent:
        started = time.monotonic()
        path = script(f'platform.http.get("http://127.0.0.1:{silent.getsockname()[1]}/", {{ timeout = "60s" }})')
        command.run("run", "--timeout", "300ms", path, status=124)
        assert time.monotonic() - started < 20


def test_embedded_needs_no_server(script, tmp_path):
    path = script("""
        local p <close> = platform.connect()
        p:ensure_topic { name = "orders", partitions = 2 }
        do
            local w <close> = p:producer("orders")
            for i = 1, 1000 do w:send { key = "k" .. i, value = tostring(i) } end
        end
        local sum = 0
        for msg in p:consume { topic = "orders", from = "earliest", to = "end" } do sum = sum + msg.value end
        platform.out(sum)
    """)
    assert command.run("run", "--embedded", path).stdout == b"500500\n"
    data = tmp_path / "data"
    assert command.run("run", "--embedded", "--data-dir", data, path).stdout == b"500500\n"
    # The directory stays, and the second run works on what the first has written.
    assert command.run("run", "--embedded", "--data-dir", data, path).stdout == b"1001000\n"
