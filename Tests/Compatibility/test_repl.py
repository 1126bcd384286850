"""`platform repl`, through a pipe."""

import command


def repl(text, *arguments, status=0):
    done = command.run("repl", *arguments, input=text.encode(), status=status)
    return done.stdout.decode().splitlines(), done.stderr.decode()


def test_values_are_shown_and_globals_stay():
    out, _ = repl('1 + 1\nx = { a = { 1, 2 }, b = "c" }\nx\nx.b, nil\nlocal y = 3\ny == nil\n')
    assert out == ["2", '{a = {1, 2}, b = "c"}', '"c"', "nil", "true"]


def test_lines_that_are_not_complete_go_on():
    out, _ = repl("1 +\n41\nfor i = 1, 3 do\nplatform.out(i)\nend\nfunction f(a)\nreturn a * 2\nend\nf(21)\n")
    assert out == ["42", "1", "2", "3", "42"]


def test_an_error_is_shown_and_is_no_end():
    out, err = repl('error("no")\n1 +* 2\nlocal t = nil; t.x = 1\n"still here"\n')
    assert out == ['"still here"']
    assert "no" in err and "unexpected symbol near '1'" in err and "attempt to index a nil value" in err


def test_help_shows_modules_functions_and_what_was_meant():
    out, err = repl('help()\nhelp("json.encode")\nhelp(platform.csv)\nhelp(platform.time.now)\nhelp("jsn")\n')
    assert "  json " in err and "platform.json.encode(value: any" in err
    assert "platform.csv.format(" in err and "platform.time.now()" in err and "did you mean 'json'?" in err


def test_a_server_can_be_spoken_to(server, name):
    out, _ = repl(
        f'p = platform.connect()\nr = p:produce("{name}", {{ key = "k", value = "v" }})\nr.offset\n'
        f'for m in p:consume {{ topic = "{name}", to = "end" }} do platform.out(m.value) end\nplatform.exit(7)\n"never"\n',
        "--connect", server.address, status=7,
    )
    assert out == ["0", "v"]


def test_it_brings_its_own_server():
    out, _ = repl('p = platform.connect()\np:ensure_topic { name = "t", partitions = 3 }\n#p:offsets("t")\n', "--embedded")
    assert out == ["true", "3"]
