import Foundation
import Testing

@testable import platform

/// Damaged settings are problems with a reason, never a crash: the part of the fuzzer that cannot link the executable.
@Suite struct SettingsFuzzTests {
    /// SplitMix64: the same sequence for the same seed everywhere.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return mixed ^ (mixed >> 31)
        }
    }

    private static let file = """
        // as in docs
        { "log": { "flush": "group", "segment-bytes": "64MiB", }, "kafka": { "default-partitions": 4 },
          "group": { "offsets-retention": "7d" } }
        """
    private static let tokens = [
        "{", "}", "[", "]", ":", ",", "\"", "'", "\\u0000", "\\ud800", "null", "true", "1e999", "-", ".5", "0x1f", "//",
        "/*", "*/", "NaN", "Infinity", "9223372036854775808", "\u{0}", "\u{feff}", "log", "B", "MiB", "ms", "d",
    ]

    private func mutated(_ text: String, _ random: inout Generator) -> [UInt8] {
        var bytes = Array(text.utf8)
        for _ in 0...Int.random(in: 0..<4, using: &random) {
            let start = Int.random(in: 0...bytes.count, using: &random)
            let end = min(bytes.count, start + Int.random(in: 0..<6, using: &random))
            var token = Array((Self.tokens.randomElement(using: &random) ?? "").utf8)
            switch Int.random(in: 0..<40, using: &random) {
            case 0: token = Array(repeatElement(token, count: 5000).joined())
            case 1...10: token = [UInt8.random(in: 0...255, using: &random)]
            case 11...15: token = []
            default: break
            }
            bytes.replaceSubrange(start..<end, with: token)
        }
        return bytes
    }

    @Test(arguments: UInt64(1)...4) func aDamagedFileGivesValuesOrProblems(seed: UInt64) throws {
        var random = Generator(state: seed)
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("settings-\(UUID()).json").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        var readableCount = 0
        for number in 0..<500 {
            try Data(mutated(Self.file, &random)).write(to: URL(fileURLWithPath: path))
            var problems: [SettingsError.Problem] = []
            let read = SettingsFile.read(path, problems: &problems)
            #expect(read.values.keys.allSatisfy { $0.contains(".") }, "seed \(seed), file \(number)")
            do {
                _ = try Settings.load(configFile: path, overrides: [], environment: [:])
                #expect(problems.isEmpty, "seed \(seed), file \(number): loaded in spite of \(problems)")
                readableCount += 1
            } catch {
                #expect(!error.problems.isEmpty, "seed \(seed), file \(number)")
            }
        }
        #expect((1..<500).contains(readableCount), "seed \(seed): the damage is too little or too much")
    }

    @Test(arguments: UInt64(1)...4) func aDamagedUnitIsRefusedOrReadsAsWritten(seed: UInt64) {
        var random = Generator(state: seed)
        for _ in 0..<5000 {
            let text = String(
                decoding: mutated(["64MiB", "500ms", "7d", "0"].randomElement(using: &random) ?? "", &random),
                as: UTF8.self)
            if let size = try? ByteCount(settingText: text) {
                #expect(
                    size.bytes >= 0 && (try? ByteCount(settingText: size.settingText)) == size, "seed \(seed): \(text)")
            }
            if let time = try? Duration(settingText: text) {
                #expect(
                    time >= .zero && (try? Duration(settingText: time.settingText)) == time, "seed \(seed): \(text)")
                #expect(time.milliseconds >= 0, "seed \(seed): \(text)")
            }
        }
    }
}
