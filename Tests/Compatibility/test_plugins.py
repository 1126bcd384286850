"""Plugins in a running server: selectors over HTTP, handlers with SQL, reload, rollback, and the commands around them."""

import json
import random
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request

import pytest

import command
from confluent import create_topic
from server import BINARY, REPOSITORY, eventually

PLUGINS = REPOSITORY / "plugins"


class Plugins:
    """A directory of plugins, and a server that has them."""

    def __init__(self, directory, make_server):
        self.directory = directory
        directory.mkdir()
        self._make_server = make_server
        self.server = None

    def write(self, name, text):
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def bind(self, text):
        self.write("bindings.lua", text)

    def serve(self, settings=None):
        self.server = self._make_server({"plugins.path": str(self.directory)} | (settings or {}))
        return self.server

    def http(self, method, path, body=None):
        address = self.server.ready["listen"]["http"]
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://{address}{path}", data=data, method=method)
        if data is not None:
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def produce(self, topic, *records):
        status, answer = self.http("POST", f"/v1/topics/{topic}/records", {"records": list(records)})
        return status, answer["records"]

    def reload(self):
        return self.http("POST", "/v1/plugins/reload")[1]

    def plugin(self, name):
        return next(p for p in self.http("GET", "/v1/plugins")[1]["plugins"] if p["name"] == name)

    def command(self, *arguments, **options):
        """`platform plugin …` against the server."""
        return command.run("plugin", *arguments, "--http", self.server.ready["listen"]["http"], **options)

    def rows(self, plugin, statement):
        """Rows of a handler's database, read beside the server as its users do."""
        if not (self.server.data / f"plugins/{plugin}.sqlite").exists():
            return []
        database = sqlite3.connect(f"file:{self.server.data}/plugins/{plugin}.sqlite?mode=ro", uri=True, timeout=10)
        try:
            return database.execute(statement).fetchall()
        except sqlite3.OperationalError as error:
            # The handler makes its tables when it starts.
            if "no such table" in str(error):
                return []
            raise
        finally:
            database.close()


@pytest.fixture
def plugins(tmp_path, make_server):
    return Plugins(tmp_path / "plugins", make_server)


def manifest(name, body, version="1.0.0"):
    return f'return platform.plugin {{ name = "{name}", version = "{version}", api = 1,\n{body} }}\n'


def letters(server, topic):
    """What is in a topic that may not be there yet."""
    done = command.run("consume", topic, "-e", "--json", "--bootstrap", server.address, status=None)
    return [json.loads(line) for line in done.stdout.splitlines()]


# -- Selectors


def test_a_selector_picks_the_partition_of_records_that_name_none(plugins):
    plugins.write("last.lua", manifest("last", "select = function(msg, n) return n - 1 end"))
    plugins.bind('bind { plugin = "last", topic = "orders", point = "select" }')
    server = plugins.serve()
    create_topic(server, "orders", partitions=5)
    status, records = plugins.produce("orders", {"value": "a"}, {"key": "k", "value": "b"}, {"value": "c", "partition": 0})
    assert status == 200 and [r["partition"] for r in records] == [4, 4, 0]
    create_topic(server, "others", partitions=5)
    spread = {plugins.produce("others", {"key": f"k{i}", "value": "x"})[1][0]["partition"] for i in range(30)}
    assert len(spread) > 1


def test_the_shipped_selectors_keep_what_they_promise(plugins):
    for name in ("hash-order", "sticky-tenant"):
        plugins.write(f"{name}.lua", (PLUGINS / f"{name}.lua").read_text())
    plugins.bind(
        """
        bind { plugin = "hash-order", topic = "orders", point = "select" }
        bind { plugin = "sticky-tenant", topic = "jobs", point = "select",
               config = { own = { big = 0, huge = 1 }, shared_from = 2 } }
        """
    )
    server = plugins.serve()
    create_topic(server, "orders", partitions=8)
    create_topic(server, "jobs", partitions=6)
    by_order = {}
    for i in range(100):
        _, records = plugins.produce("orders", {"key": f"k{i}", "value": json.dumps({"order_id": f"o{i % 10}"})})
        by_order.setdefault(i % 10, set()).add(records[0]["partition"])
    assert all(len(partitions) == 1 for partitions in by_order.values())
    assert len(set.union(*by_order.values())) > 1
    for tenant, expected in (("big", {0}), ("huge", {1})):
        _, records = plugins.produce("jobs", {"value": "x", "headers": {"tenant": tenant}})
        assert {records[0]["partition"]} == expected
    small = {plugins.produce("jobs", {"value": "x", "headers": {"tenant": f"t{i}"}})[1][0]["partition"] for i in range(40)}
    assert small <= {2, 3, 4, 5} and len(small) > 1


@pytest.mark.parametrize("on_error, status", [("open", 200), ("closed", 503)])
def test_a_selector_that_fails_does_what_its_binding_says(plugins, on_error, status):
    plugins.write("bad.lua", manifest("bad", 'select = function(msg, n) error("no idea: " .. msg.value) end'))
    plugins.bind(f'bind {{ plugin = "bad", topic = "t", point = "select", _host = {{ on_error = "{on_error}" }} }}')
    server = plugins.serve()
    create_topic(server, "t", partitions=3)
    answered, records = plugins.produce("t", {"value": "v"})
    assert answered == status
    if status == 503:
        assert "bad.lua:2: no idea: v" in records[0]["error"]["message"]
    binding = plugins.plugin("bad")["bindings"][0]
    assert binding["errors"] == 1 and "no idea: v" in binding["last_error"]


def test_a_selector_that_hangs_is_stopped_and_others_go_on(plugins):
    plugins.write(
        "hang.lua",
        manifest("hang", 'select = function(msg, n) if msg.value == "hang" then while true do end end return 1 end'),
    )
    plugins.bind('bind { plugin = "hang", topic = "t", point = "select", _host = { on_error = "closed" } }')
    server = plugins.serve()
    create_topic(server, "t", partitions=3)
    status, records = plugins.produce("t", {"value": "hang"})
    assert status == 503 and "budget of 10 ms" in records[0]["error"]["message"]
    status, records = plugins.produce("t", {"value": "go"})
    assert status == 200 and records[0]["partition"] == 1
    assert plugins.plugin("hang")["bindings"][0]["timeouts"] == 1


def test_a_selector_that_fills_its_memory_gets_a_fresh_state(plugins):
    plugins.write(
        "hoard.lua",
        manifest(
            "hoard",
            """select = function(msg, n)
                if msg.value == "hoard" then local t = {} while true do t[#t + 1] = ("x"):rep(1000) .. #t end end
                return 2 end""",
        ),
    )
    plugins.bind('bind { plugin = "hoard", topic = "t", point = "select", _host = { on_error = "closed" } }')
    server = plugins.serve({"plugins.pure-time": "5s"})
    create_topic(server, "t", partitions=3)
    status, records = plugins.produce("t", {"value": "hoard"})
    assert status == 503 and "memory" in records[0]["error"]["message"]
    status, records = plugins.produce("t", {"value": "go"})
    assert status == 200 and records[0]["partition"] == 2


# -- Handlers

SEEN = manifest(
    "seen",
    """needs = { sql = true },
    schema = "CREATE TABLE IF NOT EXISTS seen (id TEXT NOT NULL, partition INTEGER, position INTEGER)",
    dedup = function(msg) return msg.key end,
    handle = function(msg, tx)
        tx:exec("INSERT INTO seen VALUES (?, ?, ?)", msg.key, msg.partition, msg.offset)
    end""",
)
SEEN_BINDINGS = 'grant("seen", { sql = true }) bind { plugin = "seen", topic = "orders", point = "handle" }'


def produce_lines(server, topic, lines):
    command.run(
        "produce", "--bootstrap", server.address, topic, "-K", "\\t", input="".join(f"{l}\n" for l in lines).encode()
    )


def test_each_message_has_its_effect_once_though_the_server_is_killed(plugins):
    count, kills = 250_000, 20
    plugins.write("seen.lua", SEEN)
    plugins.bind(SEEN_BINDINGS)
    server = plugins.serve()
    create_topic(server, "orders", partitions=4)
    # A tenth of them is sent twice.
    lines = [f"k{i}\tv" for i in range(count)] + [f"k{i}\tv" for i in range(0, count, 10)]
    produce_lines(server, "orders", lines)
    random.seed(7)
    handled = lambda: sum(r[0] for r in plugins.rows("seen", "SELECT next_offset FROM _platform_offsets"))
    unfinished = 0
    for _ in range(kills):
        # The instant of the kill is the test's input, not a wait for something.
        time.sleep(random.uniform(0.02, 0.3))
        unfinished += handled() < len(lines)
        server.restart_after_kill()
    assert unfinished > kills / 2, "most kills came when all was done"
    eventually(lambda: plugins.rows("seen", "SELECT count(*) FROM seen")[0][0] >= count, seconds=60, what="all messages")
    assert plugins.rows("seen", "SELECT count(*), count(DISTINCT id) FROM seen") == [(count, count)]
    eventually(lambda: handled() == len(lines), seconds=60, what="the offsets")
    assert plugins.rows("seen", "SELECT count(*) FROM seen") == [(count,)]


def test_an_order_becomes_one_invoice_and_one_message(plugins):
    for file in ("init.lua", "lib/prices.lua"):
        plugins.write(f"order-billing/{file}", (PLUGINS / "order-billing" / file).read_text())
    plugins.bind(
        """
        grant("order-billing", { sql = true, produce = { "invoices" } })
        bind { plugin = "order-billing", topic = "orders", point = "handle" }
        """
    )
    server = plugins.serve()
    create_topic(server, "orders", partitions=2)
    order = {"order_id": "o1", "sku": "pen", "quantity": 3}
    for _ in range(3):
        plugins.produce("orders", {"value": json.dumps(order)})
    plugins.produce("orders", {"key": "k", "value": json.dumps({"order_id": "o2", "quantity": 0})})
    eventually(lambda: plugins.plugin("order-billing")["bindings"][0]["calls"] == 4, what="all calls")
    assert plugins.rows("order-billing", "SELECT order_id, cents FROM invoice") == [("o1", 570)]
    invoices = eventually(lambda: letters(server, "invoices"), what="the invoice")
    assert [json.loads(i["value"]) for i in invoices] == [{"order_id": "o1", "cents": 570}]
    [dead] = eventually(lambda: letters(server, "orders.dlq"), what="the dead letter")
    assert dead["key"] == "k" and dead["headers"]["x-origin-topic"] == "orders"
    assert dead["headers"]["x-error-code"] == "DEAD" and "quantity above 0" in dead["headers"]["x-error-message"]
    binding = plugins.plugin("order-billing")["bindings"][0]
    assert binding["duplicates"] == 2 and binding["dead"] == 1 and binding["errors"] == 0


def test_a_message_that_fails_is_tried_again_and_none_of_its_key_overtakes_it(plugins):
    plugins.write(
        "flaky.lua",
        manifest(
            "flaky",
            """needs = { sql = true },
            schema = "CREATE TABLE IF NOT EXISTS done (id INTEGER PRIMARY KEY, key TEXT, value TEXT, attempts INTEGER)",
            handle = function(msg, tx)
                tx:exec("INSERT INTO done(key, value, attempts) VALUES (?, ?, ?)", msg.key, msg.value, msg.attempts)
                if msg.value:find("fail") and msg.attempts < 2 then error("not yet") end
            end""",
        ),
    )
    plugins.bind(
        """
        grant("flaky", { sql = true })
        bind { plugin = "flaky", topic = "t", point = "handle", _host = { backoff = "50ms" } }
        """
    )
    server = plugins.serve()
    create_topic(server, "t", partitions=1)
    plugins.produce(
        "t", {"key": "a", "value": "fail 1"}, {"key": "b", "value": "1"}, {"key": "a", "value": "2"},
        {"key": "a", "value": "3"}, {"key": "b", "value": "2"},
    )
    eventually(lambda: len(plugins.rows("flaky", "SELECT * FROM done")) == 5, what="all messages")
    rows = plugins.rows("flaky", "SELECT key, value, attempts FROM done ORDER BY id")
    assert [r for r in rows if r[0] == "b"] == [("b", "1", 0), ("b", "2", 0)]
    assert [r for r in rows if r[0] == "a"] == [("a", "fail 1", 2), ("a", "2", 0), ("a", "3", 0)]
    assert [r[0] for r in rows[:2]] == ["b", "b"], "others do not wait"


def test_a_message_that_always_fails_is_dead_in_the_end(plugins):
    plugins.write("never.lua", manifest("never", 'handle = function(msg) local x = nil; return x.field end'))
    plugins.bind(
        """bind { plugin = "never", topic = "t", point = "handle",
                  _host = { retries = 2, backoff = "10ms", dead_letters = "graveyard", group = "workers" } }"""
    )
    server = plugins.serve()
    create_topic(server, "t", partitions=1)
    plugins.produce("t", {"key": "a", "value": "v", "headers": {"mine": "kept"}})
    [dead] = eventually(lambda: letters(server, "graveyard"), what="the dead letter")
    headers = dead["headers"]
    assert headers["mine"] == "kept" and headers["x-attempts"] == "3" and headers["x-error-code"] == "ERROR"
    assert "never.lua:2: " in headers["x-error-message"] and headers["x-consumer"] == "workers"


def test_prepare_may_wait_and_handle_gets_what_it_made(plugins):
    plugins.write(
        "two.lua",
        manifest(
            "two",
            """needs = { sql = true }, schema = "CREATE TABLE IF NOT EXISTS done (value TEXT)",
            prepare = function(msg, ctx) return { text = msg.value .. ctx.cfg.suffix } end,
            config = { suffix = { "string", default = "!" } },
            handle = function(msg, tx, prepared) tx:exec("INSERT INTO done VALUES (?)", prepared.text) end""",
        ),
    )
    plugins.bind('grant("two", { sql = true }) bind { plugin = "two", topic = "t", point = "handle", config = { suffix = "?" } }')
    server = plugins.serve()
    create_topic(server, "t", partitions=1)
    plugins.produce("t", *[{"value": str(i)} for i in range(300)])
    eventually(lambda: len(plugins.rows("two", "SELECT * FROM done")) == 300, what="all messages")
    assert plugins.rows("two", "SELECT value FROM done") == [(f"{i}?",) for i in range(300)]


def test_a_batch_that_fails_is_handled_one_by_one(plugins):
    plugins.write(
        "many.lua",
        manifest(
            "many",
            """needs = { sql = true }, schema = "CREATE TABLE IF NOT EXISTS done (value TEXT)",
            handle_batch = function(msgs, tx)
                for _, msg in ipairs(msgs) do
                    tx:exec("INSERT INTO done VALUES (?)", msg.value)
                    if msg.value == "poison" then return { [1] = "dead" } end
                end
            end""",
        ),
    )
    plugins.bind('grant("many", { sql = true }) bind { plugin = "many", topic = "t", point = "handle_batch" }')
    server = plugins.serve()
    create_topic(server, "t", partitions=1)
    plugins.produce("t", *[{"value": v} for v in ["a", "b", "poison", "c"]])
    eventually(lambda: len(plugins.rows("many", "SELECT * FROM done")) == 3, what="all messages")
    assert plugins.rows("many", "SELECT value FROM done") == [("a",), ("b",), ("c",)]
    [dead] = eventually(lambda: letters(server, "t.dlq"), what="the dead letter")
    assert dead["value"] == "poison"


def test_a_statement_that_ends_the_transaction_harms_its_own_message_only(plugins):
    plugins.write(
        "rude.lua",
        manifest(
            "rude",
            """needs = { sql = true }, schema = "CREATE TABLE IF NOT EXISTS done (id TEXT PRIMARY KEY)",
            handle = function(msg, tx) tx:exec("INSERT OR ROLLBACK INTO done VALUES (?)", msg.value) end""",
        ),
    )
    plugins.bind(
        'grant("rude", { sql = true }) bind { plugin = "rude", topic = "t", point = "handle", '
        '_host = { retries = 1, backoff = "10ms" } }'
    )
    server = plugins.serve()
    create_topic(server, "t", partitions=1)
    plugins.produce("t", *[{"value": v} for v in ["a", "b", "a", "c"]])
    eventually(lambda: len(plugins.rows("rude", "SELECT * FROM done")) == 3, what="all messages")
    [dead] = eventually(lambda: letters(server, "t.dlq"), what="the dead letter")
    assert dead["value"] == "a" and "ended its transaction" in dead["headers"]["x-error-message"]


def test_the_host_s_tables_are_out_of_a_handler_s_reach(plugins):
    plugins.write(
        "nosy.lua",
        manifest(
            "nosy",
            """needs = { sql = true }, schema = "CREATE TABLE IF NOT EXISTS said (text TEXT)",
            handle = function(msg, tx)
                local ok, message = pcall(tx.exec, tx, msg.value)
                tx:exec("INSERT INTO said VALUES (?)", message)
            end""",
        ),
    )
    plugins.bind('grant("nosy", { sql = true }) bind { plugin = "nosy", topic = "t", point = "handle" }')
    server = plugins.serve()
    create_topic(server, "t", partitions=1)
    attempts = ["DELETE FROM _platform_offsets", "COMMIT", "ATTACH 'x.db' AS x", "PRAGMA journal_mode = OFF"]
    plugins.produce("t", *[{"value": v} for v in attempts])
    eventually(lambda: len(plugins.rows("nosy", "SELECT * FROM said")) == 4, what="all messages")
    for (said,) in plugins.rows("nosy", "SELECT text FROM said"):
        assert "not authorized" in said or "prohibited" in said


# -- Life


def test_a_version_is_tried_beside_the_active_one_before_it_takes_over(plugins):
    version = lambda v, partition: manifest("p", f"select = function() return {partition} end", version=v)
    plugins.write("p.lua", version("1.0.0", 0))
    plugins.bind('bind { plugin = "p", topic = "t", point = "select" }')
    server = plugins.serve({"plugins.shadow-calls": "50", "plugins.shadow-time": "1h"})
    create_topic(server, "t", partitions=3)
    produce = lambda: plugins.produce("t", {"value": "v"})[1][0]["partition"]
    assert produce() == 0
    plugins.write("p.lua", version("2.0.0", 1))
    assert plugins.reload()["lines"][0].startswith("p: tried beside the active version, 2.0.0")
    assert produce() == 0 and plugins.plugin("p")["candidate_version"] == "2.0.0"
    for _ in range(50):
        produce()
    eventually(lambda: plugins.plugin("p")["version"] == "2.0.0", what="the activation")
    assert produce() == 1
    assert b"1.0.0" in plugins.command("rollback", "p").stdout
    assert produce() == 0 and "rolled back" in plugins.plugin("p")["rejection"]


def test_a_version_that_fails_beside_the_active_one_is_rejected(plugins):
    plugins.write("p.lua", manifest("p", "select = function() return 0 end"))
    plugins.bind('bind { plugin = "p", topic = "t", point = "select" }')
    server = plugins.serve({"plugins.shadow-calls": "10"})
    create_topic(server, "t", partitions=3)
    plugins.write("p.lua", manifest("p", "select = function(msg) return msg.nothing.there end", version="2.0.0"))
    plugins.reload()
    assert plugins.produce("t", {"value": "v"})[1][0]["partition"] == 0
    rejection = eventually(lambda: plugins.plugin("p").get("rejection"), what="the rejection")
    assert "1 of 1 calls failed" in rejection and "p.lua:2" in rejection
    assert plugins.plugin("p")["version"] == "1.0.0"
    assert plugins.produce("t", {"value": "v"})[1][0]["partition"] == 0


def test_what_cannot_be_loaded_leaves_the_active_version_alone(plugins):
    plugins.write("p.lua", manifest("p", "select = function() return 2 end"))
    plugins.bind('bind { plugin = "p", topic = "t", point = "select" }')
    server = plugins.serve()
    create_topic(server, "t", partitions=3)
    for text, message in [
        ("return platform.plugin {", "unexpected symbol"),
        (manifest("p", "selct = function() end"), "did you mean 'select'?"),
        (manifest("q", "select = function() end"), "calls itself 'q'"),
        (manifest("p", "select = function() return 1 end, needs = { sql = true }"), 'grant("p", { sql = true })'),
        ("while true do end", "budget of 500 ms"),
    ]:
        plugins.write("p.lua", text)
        done = plugins.command("reload", status=None)
        assert done.returncode == 1 and message in done.stdout.decode(), done.stdout
        assert plugins.produce("t", {"value": "v"})[1][0]["partition"] == 2
    plugins.bind('bind { plugin = "p", topic = "t", pont = "select" }')
    assert "did you mean 'point'?" in plugins.command("reload", status=None).stdout.decode()
    assert plugins.produce("t", {"value": "v"})[1][0]["partition"] == 2


def test_changed_files_are_taken_up_where_they_are_watched(plugins):
    plugins.write("p.lua", manifest("p", "select = function() return 0 end"))
    plugins.bind('bind { plugin = "p", topic = "t", point = "select" }')
    server = plugins.serve({"plugins.reload": "watch", "plugins.shadow-time": "0s"})
    create_topic(server, "t", partitions=3)
    plugins.write("p.lua", manifest("p", "select = function() return 1 end", version="1.1.0"))
    eventually(lambda: plugins.produce("t", {"value": "v"})[1][0]["partition"] == 1, what="the new version")


def test_calls_are_shown_as_they_happen(plugins):
    plugins.write("p.lua", manifest("p", "select = function() return 1 end"))
    plugins.bind('bind { plugin = "p", topic = "t", point = "select" }')
    server = plugins.serve()
    create_topic(server, "t", partitions=3)
    watcher = subprocess.Popen(
        [str(BINARY), "plugin", "tap", "p", "-c", "2", "--http", server.ready["listen"]["http"]], stdout=subprocess.PIPE
    )
    try:
        eventually(lambda: (plugins.produce("t", {"key": "k", "value": "v"}), watcher.poll() is not None)[1], what="two calls")
        assert watcher.stdout.read() == b"t k (2 bytes) \xe2\x86\x92 partition 1\n" * 2
    finally:
        watcher.kill()
        watcher.wait()


def test_top_shows_what_plugins_take(plugins):
    plugins.write("busy.lua", manifest("busy", "select = function() local x = 0 for i = 1, 20000 do x = x + i end return 1 end"))
    plugins.bind('bind { plugin = "busy", topic = "t", point = "select" }')
    server = plugins.serve()
    create_topic(server, "t", partitions=3)
    watcher = subprocess.Popen(
        [str(BINARY), "plugin", "top", "--http", server.ready["listen"]["http"]], stdout=subprocess.PIPE
    )
    try:
        eventually(lambda: (plugins.produce("t", {"value": "v"}), watcher.poll() is not None)[1], what="the look")
        title, row = watcher.stdout.read().decode().splitlines()
        plugin, binding, share, calls, errors, mean = row.split()
        assert plugin == "busy" and binding == "select/busy/t" and float(share) > 0 and int(calls) > 0 and errors == "0"
    finally:
        watcher.kill()
        watcher.wait()


def test_every_and_health(plugins):
    plugins.write(
        "clock.lua",
        manifest(
            "clock",
            """every = { ["100ms"] = function(ctx) end },
            health = function(ctx) return false, "the clock is slow" end""",
        ),
    )
    plugins.bind('bind { plugin = "clock", point = "every" } bind { plugin = "clock", point = "health" }')
    plugins.serve()
    calls = lambda: {b["point"]: b["calls"] for b in plugins.plugin("clock")["bindings"]}
    eventually(lambda: calls()["every"] >= 3 and calls()["health"] >= 1, what="calls")
    status, answer = plugins.http("GET", "/readyz")
    assert status == 503 and "plugin clock: the clock is slow" in answer["reason"]


def test_check_finds_what_a_server_would_refuse(tmp_path):
    def check(text):
        (tmp_path / "p.lua").write_text(text)
        done = command.run("plugin", "check", tmp_path / "p.lua", status=None)
        return done.returncode, done.stdout.decode()

    assert check(manifest("p", "select = function(msg, n, cfg) return 0 end")) == (
        0, f"{tmp_path}/p.lua: ok 1.0.0, select\n",
    )
    status, said = check(manifest("p", "select = function(msg, n, cfg, more) return 0 end"))
    assert status == 1 and "select takes 4 parameters" in said
    status, said = check("local x = nil\nreturn x.y\n")
    assert status == 1 and "p.lua:2:" in said and "2 | return x.y" in said


def test_the_shipped_plugins_pass_their_check():
    done = command.run("plugin", "check", PLUGINS)
    assert b"bindings.lua: ok" in done.stdout


# -- Duplicates


def dedup_plugins(plugins, on_duplicate="drop"):
    plugins.write("order-dedup.lua", (PLUGINS / "order-dedup.lua").read_text())
    plugins.bind(
        f'bind {{ plugin = "order-dedup", topic = "orders", point = "dedup", '
        f'_host = {{ on_duplicate = "{on_duplicate}" }} }}'
    )
    server = plugins.serve()
    create_topic(server, "orders", partitions=2)
    return server


def order(number):
    return json.dumps({"order_id": f"o{number}"})


def test_an_order_that_is_sent_again_is_stored_once(plugins):
    server = dedup_plugins(plugins)
    _, first = plugins.produce("orders", {"value": order(1), "partition": 0}, {"value": order(2), "partition": 1})
    _, again = plugins.produce("orders", {"value": order(1), "partition": 1}, {"value": order(3), "partition": 1})
    assert again[0] == first[0] == {"partition": 0, "offset": 0}
    status, twice = plugins.produce("orders", {"value": order(4), "partition": 0}, {"value": order(4), "partition": 0})
    assert status == 200 and twice[0] == twice[1]
    assert sorted(r["value"] for r in letters(server, "orders")) == [order(i) for i in (1, 2, 3, 4)]
    assert plugins.plugin("order-dedup")["bindings"][0]["duplicates"] == 2


def test_kafka_producers_too_store_an_order_once(plugins):
    server = dedup_plugins(plugins)
    for _ in range(3):
        command.produce(server, "orders", "".join(f"{order(i)}\n" for i in range(500)).encode(), "-p", "0")
    # Another producer goes on after batches of which nothing was left.
    command.produce(server, "orders", "".join(f"{order(i)}\n" for i in range(250, 750)).encode(), "-p", "0", "-z", "gzip")
    assert sorted(r["value"] for r in letters(server, "orders")) == sorted(order(i) for i in range(750))


@pytest.mark.parametrize("on_duplicate", ["reject", "flag"])
def test_what_becomes_of_a_duplicate_is_the_binding_s_to_say(plugins, on_duplicate):
    server = dedup_plugins(plugins, on_duplicate)
    plugins.produce("orders", {"value": order(1), "partition": 1})
    status, records = plugins.produce("orders", {"value": order(1), "partition": 0})
    if on_duplicate == "reject":
        assert status == 409 and records[0]["error"]["code"] == "duplicate_record"
        assert len(letters(server, "orders")) == 1
        done = command.run(
            "produce", "orders", "-p", "0", "--bootstrap", server.address, input=order(1).encode(), status=1)
        assert b"has already" in done.stderr
    else:
        assert status == 200
        flagged = [r for r in letters(server, "orders") if r["headers"]]
        assert [r["headers"] for r in flagged] == [{"x-duplicate-of": "1@0"}]


def test_what_was_sent_is_known_after_a_kill(plugins):
    server = dedup_plugins(plugins)
    random.seed(11)
    for round in range(8):
        plugins.produce("orders", *[{"value": order(i), "partition": i % 2} for i in range(round * 20, round * 20 + 40)])
        time.sleep(random.uniform(0, 0.4))
        server.restart_after_kill()
    plugins.produce("orders", *[{"value": order(i), "partition": (i + 1) % 2} for i in range(180)])
    values = [r["value"] for r in letters(server, "orders")]
    assert len(values) == len(set(values)) == 180


# -- State


def test_values_last_and_are_part_of_the_transaction(plugins):
    plugins.write(
        "counter.lua",
        manifest(
            "counter",
            """needs = { sql = true, kv = true, shared = true },
            schema = "CREATE TABLE IF NOT EXISTS said (text TEXT)",
            handle = function(msg, tx)
                local n = platform.kv.incr("messages")
                platform.kv.set("last:" .. msg.partition, msg.value)
                platform.shared.incr("seen")
                tx:exec("INSERT INTO said VALUES (?)", n .. " " .. tostring(platform.kv.get("flag")))
                if msg.value == "flag" then platform.kv.set("flag", true) end
                if msg.value == "undo" then return "dead", "undone" end
            end,
            every = { ["100ms"] = function() platform.kv.set("beat", platform.time.now(), { ttl = "1h" }) end }""",
        ),
    )
    plugins.bind(
        """
        grant("counter", { sql = true, kv = true, shared = true })
        bind { plugin = "counter", topic = "t", point = "handle" }
        bind { plugin = "counter", point = "every" }
        """
    )
    server = plugins.serve()
    create_topic(server, "t", partitions=1)
    plugins.produce("t", *[{"value": v} for v in ["a", "flag", "undo", "b"]])
    said = lambda: [r[0] for r in plugins.rows("counter", "SELECT text FROM said")]
    eventually(lambda: len(said()) == 3, what="all messages")
    assert said() == ["1 nil", "2 nil", "3 true"]
    eventually(lambda: plugins.rows("counter", "SELECT 1 FROM _platform_kv WHERE key = x'62656174'"), what="a beat")
    server.restart_after_kill()
    plugins.produce("t", {"value": "c"})
    eventually(lambda: len(said()) == 4, what="the message")
    assert said()[3] == "4 true"


# -- What attacks have found


def handler(plugins, body, host="retries = 1, backoff = '10ms'", schema="CREATE TABLE IF NOT EXISTS done (v TEXT)", **files):
    plugins.write(
        "h.lua",
        manifest("h", f'needs = {{ sql = true, produce = {{ "out" }} }}, schema = "{schema}",\nhandle = function(msg, tx)\n{body}\nend'),
    )
    plugins.bind(
        'grant("h", { sql = true, produce = { "out" } }) bind { plugin = "h", topic = "t", point = "handle", '
        f"_host = {{ {host} }} }}"
    )
    server = plugins.serve()
    create_topic(server, "t", partitions=1)
    return server


def done(plugins):
    return [row[0] for row in plugins.rows("h", "SELECT v FROM done ORDER BY rowid")]


@pytest.mark.parametrize("delay", ["math.maxinteger", "'9223372036854775807'", "1e300", "'100000d'"])
def test_a_message_put_off_for_ever_ends_nothing(plugins, delay):
    server = handler(
        plugins, f'if msg.value == "late" then return "retry", {delay} end tx:exec("INSERT INTO done VALUES (?)", msg.value)')
    plugins.produce("t", {"value": "late"}, {"value": "a"})
    eventually(lambda: done(plugins) == ["a"], what="the other message")
    server.restart_after_kill()
    plugins.produce("t", {"value": "b"})
    eventually(lambda: done(plugins) == ["a", "b"], what="the next message")


@pytest.mark.parametrize(
    "body, schema",
    [
        # Rows left open in a loop that was left.
        ("for row in tx:query(\"INSERT INTO done VALUES (?) RETURNING v\", msg.value) do break end", None),
        # The transaction is over, and the handler does not look.
        ("if msg.value == 'bad' then pcall(tx.exec, tx, \"INSERT OR ROLLBACK INTO done VALUES (NULL)\") "
         "tx:exec(\"INSERT INTO done VALUES ('twice')\") end tx:exec(\"INSERT INTO done VALUES (?)\", msg.value)",
         "CREATE TABLE IF NOT EXISTS done (v TEXT NOT NULL)"),
        # What is wrong shows at the commit.
        ("tx:exec(\"INSERT INTO done VALUES (?)\", msg.value) "
         "if msg.value == 'bad' then tx:exec(\"INSERT INTO child VALUES (1)\") end",
         "CREATE TABLE IF NOT EXISTS done (v TEXT); CREATE TABLE IF NOT EXISTS parent (id INTEGER PRIMARY KEY); "
         "CREATE TABLE IF NOT EXISTS child (id REFERENCES parent(id) DEFERRABLE INITIALLY DEFERRED)"),
        # A time that no topic takes.
        ("if msg.value == 'bad' then tx:produce('out', { value = 'x', timestamp = -5 }) end "
         "tx:exec(\"INSERT INTO done VALUES (?)\", msg.value)", None),
    ],
)
def test_a_message_that_spoils_its_transaction_stops_no_other(plugins, body, schema):
    handler(plugins, body, **({"schema": schema} if schema else {}))
    plugins.produce("t", *[{"value": v} for v in ["a", "bad", "b", "c"]])
    eventually(lambda: [v for v in done(plugins) if v != "bad"] == ["a", "b", "c"], what="the others")


def test_a_binding_that_is_changed_or_taken_back_and_given_again_goes_on_where_it_was(plugins):
    server = handler(plugins, 'tx:exec("INSERT INTO done VALUES (?)", msg.value)')
    bindings = (plugins.directory / "bindings.lua").read_text()
    sent = 0
    for round in range(12):
        plugins.produce("t", *[{"value": str(sent + i)} for i in range(200)])
        sent += 200
        if round % 2:
            plugins.bind('grant("h", { sql = true, produce = { "out" } })')
            plugins.reload()
        plugins.bind(bindings.replace("retries = 1", f"retries = {round + 2}"))
        plugins.reload()
    eventually(lambda: len(done(plugins)) >= sent, what="all messages")
    assert done(plugins) == [str(i) for i in range(sent)]


def test_a_topic_made_again_has_had_nothing(plugins):
    plugins.write("d.lua", manifest("d", 'dedup = function(msg) return msg.key, "1h", "global" end'))
    plugins.bind('bind { plugin = "d", topic = { "a", "b" }, point = "dedup" }')
    server = plugins.serve()
    admin = create_topic(server, "a", partitions=6)
    create_topic(server, "b", partitions=1)
    plugins.produce("a", {"key": "k", "value": "1", "partition": 5})
    # Known from the other topic, whose partition this one has not.
    assert plugins.produce("b", {"key": "k", "value": "2"})[0] == 200
    command.run("produce", "b", "-K", ":", "--bootstrap", server.address, input=b"k:3\nother:4\n")
    assert [r["value"] for r in letters(server, "b")] == ["4"]
    command.run("topic", "delete", "a", "--bootstrap", server.address)
    create_topic(server, "a", partitions=1)
    assert plugins.produce("a", {"key": "k", "value": "5"})[0] == 200
    assert [r["value"] for r in letters(server, "a")] == ["5"]
