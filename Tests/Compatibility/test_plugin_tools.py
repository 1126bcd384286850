"""What plugin authors use: new, check, test, types."""

import json

import command
from confluent import create_topic
from server import REPOSITORY

PLUGINS = REPOSITORY / "plugins"


def test_the_shipped_plugins_pass_their_tests():
    done = command.run("plugin", "test", PLUGINS, "--json")
    report = json.loads(done.stdout)
    assert report["failed"] == 0 and report["passed"] >= 15
    assert {c["plugin"] for c in report["cases"]} == {"hash-order", "sticky-tenant", "order-dedup", "order-billing"}


def test_a_plugin_that_was_just_made_passes_its_check_and_its_test(tmp_path):
    points = ["select", "dedup", "handle", "handle_batch", "every", "health", "prepare,handle", "dedup,handle"]
    for number, point in enumerate(points):
        command.run("plugin", "new", f"p{number}", "--point", point, "--dir", tmp_path)
    assert command.run("plugin", "check", tmp_path).stdout.count(b": ok 1.0.0") == len(points)
    report = json.loads(command.run("plugin", "test", tmp_path, "--json").stdout)
    assert report["failed"] == 0 and {c["plugin"] for c in report["cases"]} == {f"p{n}" for n in range(len(points))}
    again = command.run("plugin", "new", "p0", "--dir", tmp_path, status=1)
    assert b"is there already" in again.stderr
    assert b"did you mean 'select'?" in command.run("plugin", "new", "q", "--point", "slect", "--dir", tmp_path, status=1).stderr


def test_a_test_that_fails_shows_its_line_and_what_was_wrong(tmp_path):
    command.run("plugin", "new", "p", "--dir", tmp_path)
    (tmp_path / "p/test/p_test.lua").write_text(
        'it("is wrong", function()\n    expect(t.plugin():select({ value = "{}" }, 8)).equals(3)\nend)\n'
        'it("is right", function() end)\n'
    )
    done = command.run("plugin", "test", tmp_path / "p", status=1)
    said = done.stdout.decode()
    assert "FAILED p: is wrong" in said and "ok     p: is right" in said
    assert "p_test.lua:2: expected 3, got nil" in said and "2 |     expect(t.plugin()" in said
    only = command.run("plugin", "test", tmp_path / "p", "--filter", "right")
    assert b"1 passed, 0 failed" in only.stdout


def test_check_finds_names_that_are_not_there_and_waits_where_none_may_be(tmp_path):
    (tmp_path / "p.lua").write_text(
        """local http = platform.http
local function ask(key) return http.get("https://a/" .. key) end
return platform.plugin { name = "p", version = "1.0.0", api = 1,
    select = function(msg, n)
        local x = platform.json.decod(msg.value)
        return ask(mgs.key)
    end }
"""
    )
    said = command.run("plugin", "check", tmp_path / "p.lua", status=1).stdout.decode()
    assert "p.lua:2: platform.http.get waits and cannot be called in select" in said
    assert "p.lua:5: there is no platform.json.decod: did you mean platform.json.decode?" in said
    assert "p.lua:6: 'mgs' is not declared: did you mean 'msg'?" in said


def test_types_are_lua_and_name_what_there_is(tmp_path):
    command.run("plugin", "types", "--out", tmp_path)
    text = (tmp_path / "platform.d.lua").read_text()
    for line in ("---@class platform.Message", "---@field key string?", "function Message:json(path) end",
                 "function platform.json.decode(text, options) end", "function Transaction:exec(statement, ...) end"):
        assert text.count(line + "\n") == 1 or line.startswith("---@field") and line in text, line
    # It is a script that loads.
    done = command.run("run", "-", input=f"assert(load([==[\n{text}\n]==]))".encode())
    assert done.returncode == 0
    assert json.loads((tmp_path / ".luarc.json").read_text())["runtime.version"] == "Lua 5.4"


def test_replay_shows_decisions_and_differences(server, name, tmp_path):
    create_topic(server, name, partitions=2)
    orders = "".join(json.dumps({"order_id": f"o{i % 5}", "sku": "pen", "quantity": 1}) + "\n" for i in range(20))
    command.produce(server, name, orders.encode(), "-p", "0")
    replay = lambda *arguments, **options: command.run(
        "plugin", "replay", *arguments, "--topic", name, "--bootstrap", server.address, **options)
    lines = replay(PLUGINS / "order-billing", "--json").stdout.splitlines()
    verdicts = [json.loads(line)["decisions"]["handle"] for line in lines]
    assert verdicts.count("ok") == 5 and verdicts.count("duplicate") == 15
    last = replay(PLUGINS / "hash-order.lua", "--from", "-3").stdout.decode().splitlines()
    assert len(last) == 3 and all(": select " in line for line in last)
    text = (PLUGINS / "hash-order.lua").read_text()
    (tmp_path / "hash-order.lua").write_text(text.replace("hash % n", "0"))
    differ = replay(PLUGINS / "hash-order.lua", "--against", tmp_path / "hash-order.lua", "--partitions", "2", status=None)
    assert differ.returncode == 1 and b"20 records, " in differ.stderr
    same = replay(PLUGINS / "hash-order.lua", "--against", PLUGINS / "hash-order.lua")
    assert b"20 records, 0 decided otherwise" in same.stderr and same.stdout == b""
