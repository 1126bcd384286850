import Testing

@testable import LuaRuntime

/// What lies between a script and the host's functions.
struct HostFunctionTests {
    /// Goal: no Swift frame is ever jumped over. Method: functions that fail while they own an object.
    @Test func aFailureLeaksNothing() throws {
        let count = TestHost.Count()
        let vm = try TestHost.makeVM(count: count)
        let results = try TestHost.call(
            """
            local failed = 0
            for i = 1, 1000 do
                local ok, message = pcall(platform.t.fail)
                if not ok and message:find("the host says no", 1, true) then failed = failed + 1 end
            end
            return failed
            """, in: vm)
        #expect(results == [.integer(1000)])
        #expect(count.value == 0)
    }

    @Test func objectsAreReleasedWhenScriptsForgetThem() throws {
        let count = TestHost.Count()
        do {
            let vm = try TestHost.makeVM(count: count)
            try TestHost.call("for i = 1, 100 do platform.t.object() end kept = platform.t.object()", in: vm)
            vm.collectGarbage()
            #expect(count.value == 1)
            #expect(vm.objectCount == 1)
        }
        #expect(count.value == 0)
    }

    static let mistakes: [(String, String)] = [
        ("platform.t.add()", "bad argument #1 to 't.add' (integer expected, got no value)"),
        ("platform.t.add('1')", "bad argument #1 to 't.add' (integer expected, got string)"),
        ("platform.t.add(1.5)", "bad argument #1 to 't.add' (integer expected, got number)"),
        ("platform.t.add(1, 2, 3)", "too many arguments to 't.add' (2 expected, got 3)"),
        ("platform.t.object().touch()", "'Counted:touch' needs its object before it"),
        ("platform.t.object().touch({})", "(platform.Counted expected, got table)"),
        ("platform.t.load_only()", "'t.load_only' cannot be used here; it can in: load"),
        ("platform.t.wait()", "'t.wait' waits"),
        ("platform.t.echo(print)", "undefined"),
        ("platform.t.echo({1, nil, 3})", ""),
        ("platform.t.echo(function() end)", "a function cannot be passed here"),
    ]

    @Test(arguments: mistakes) func aMistakeIsNamed(text: String, message: String) throws {
        let vm = try TestHost.makeVM()
        vm.protectGlobals(isWritingRefused: true)
        do {
            try TestHost.call(text, in: vm)
            #expect(message == "", "\(text) did not fail")
        } catch {
            #expect("\(error)".contains(message), "\(error)")
            #expect(error.place == .init(source: "test.lua", line: 1), "\(error)")
        }
    }

    static let values = [
        "nil", "true", "1", "-1.5", "math.mininteger", "'text'", "'\\0\\255'", "{1, 2, {3}}", "{a = {b = 1}}",
        "platform.null", "platform.json.array{}",
    ]

    @Test(arguments: values) func valuesSurviveTheWay(text: String) throws {
        let vm = try TestHost.makeVM()
        let direct = try TestHost.call("return \(text)", in: vm)
        let echoed = try TestHost.call("return platform.t.echo(\(text))", in: vm)
        #expect(direct == echoed)
    }

    @Test func tablesThatHoldThemselvesAreRefused() throws {
        let vm = try TestHost.makeVM()
        #expect { try TestHost.call("local t = {} t.t = t platform.t.echo(t)", in: vm) } throws: {
            "\($0)".contains("nested deeper than 64")
        }
    }

    @Test func undefinedGlobalsAreErrors() throws {
        let vm = try TestHost.makeVM()
        vm.protectGlobals(isWritingRefused: true)
        #expect { try TestHost.call("return nosuch", in: vm) } throws: { "\($0)".contains("undefined global 'nosuch'") }
        #expect { try TestHost.call("x = 1", in: vm) } throws: { "\($0)".contains("declare it as local") }
    }

    @Test func whatReachesOutOfTheStateIsAbsent() throws {
        let vm = try TestHost.makeVM()
        let names = ["io", "package", "require", "dofile", "loadfile", "debug.getinfo", "os.execute", "string.dump"]
        for name in names {
            let field = name.split(separator: ".").map { "[\"\($0)\"]" }.joined()
            #expect(try TestHost.call("return _G\(field)", in: vm) == [.none], "\(name)")
        }
        #expect(try TestHost.call("return load('\\27Lua')", in: vm).first == LuaValue.none)
        #expect(throws: LuaError.self) { try TestHost.call("getmetatable('').__index = nil", in: vm) }
    }
}
