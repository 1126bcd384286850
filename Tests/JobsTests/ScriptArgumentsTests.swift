import LuaRuntime
import Testing

@testable import Jobs

/// `platform.args`: words as declared.
struct ScriptArgumentsTests {
    static let declaration: LuaValue = .fields([
        "usage": .string("Loads"),
        "1": .fields(["1": .string("file"), "2": .string("string"), "required": .boolean(true)]),
        "2": .array([.string("second")]),
        "3": .fields([
            "1": .string("--max-errors"), "2": .string("integer"), "default": .integer(3), "min": .integer(0),
            "max": .integer(10), "about": .string("bad rows"),
        ]),
        "4": .array([.string("--verbose"), .string("boolean")]),
        "5": .fields(["1": .string("--wait"), "2": .string("duration"), "default": .string("2s")]),
        "6": .fields([
            "1": .string("--codec"), "2": .string("string"), "choices": .array([.string("zstd"), .string("lz4")]),
        ]),
        "7": .array([.string("--rate"), .string("number")]),
    ])

    static func parse(_ words: String...) throws -> ScriptArguments.Outcome {
        try ScriptArguments(declaration).parse(words)
    }

    @Test func wordsBecomeValues() throws {
        #expect(
            try Self.parse("a.csv", "--max-errors", "7", "--verbose", "--wait=1m", "--codec", "lz4", "--rate", "0.5")
                == .values([
                    "file": .string("a.csv"), "max_errors": .integer(7), "verbose": .boolean(true),
                    "wait": .integer(60_000), "codec": .string("lz4"), "rate": .number(0.5),
                ]))
    }

    @Test func whatIsNotGivenHasItsDefault() throws {
        #expect(
            try Self.parse("a.csv")
                == .values([
                    "file": .string("a.csv"), "max_errors": .integer(3), "verbose": .boolean(false),
                    "wait": .integer(2_000),
                ]))
    }

    @Test func wordsBehindTwoDashesArePositional() throws {
        guard case .values(let values) = try Self.parse("--", "--max-errors", "x") else {
            Issue.record("refused")
            return
        }
        #expect(values["file"] == .string("--max-errors") && values["second"] == .string("x"))
    }

    static let mistakes: [([String], String)] = [
        ([], "file is missing"),
        (["a", "b", "c"], "'c' is one word too many"),
        (["a", "--nosuch"], "there is no option --nosuch"),
        (["a", "--max-errors"], "--max-errors needs a value"),
        (["a", "--max-errors", "x"], "--max-errors is 'x', which is no integer"),
        (["a", "--max-errors", "-1"], "--max-errors is -1, less than 0"),
        (["a", "--max-errors", "11"], "--max-errors is 11, more than 10"),
        (["a", "--codec", "rar"], "--codec is 'rar'; it can be zstd, lz4"),
        (["a", "--wait", "soon"], "--wait is 'soon', which is no duration"),
        (["a", "--verbose=maybe"], "--verbose is 'maybe', which is no boolean"),
    ]

    @Test(arguments: mistakes) func aMistakeIsNamed(words: [String], text: String) throws {
        #expect(try ScriptArguments(Self.declaration).parse(words) == .mistake(text))
    }

    @Test func helpNamesEverything() throws {
        #expect(try Self.parse("a", "--help") == .help)
        let help = try ScriptArguments(Self.declaration).help(script: "load.lua")
        #expect(help.hasPrefix("Loads\n\nusage: platform run load.lua [--] [options] file [second]\n"))
        #expect(help.contains("  --max-errors <integer>  bad rows; default 3\n"))
        #expect(help.contains("  --codec <string>        one of zstd, lz4\n"))
    }

    static let declarations: [(LuaValue, String)] = [
        (.fields(["useage": .string("x")]), "'useage' is not known"),
        (.array([.string("x")]), "argument 1 has to be a table"),
        (.array([.array([.string("x"), .string("date")])]), "type 'date'"),
        (.array([.fields(["1": .string("x"), "dflt": .integer(1)])]), "'dflt' of x is not known"),
        (.array([.array([.string("a-b")]), .array([.string("--a_b")])]), "'a_b' is declared twice"),
    ]

    @Test(arguments: declarations) func aWrongDeclarationIsNamed(declaration: LuaValue, text: String) {
        #expect { try ScriptArguments(declaration) } throws: { "\($0)".contains(text) }
    }
}
