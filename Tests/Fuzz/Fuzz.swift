import Glibc

/// Feeds damaged bytes to every decoder: each must refuse them with its own error or give a value that can be written
/// and read again; none may trap, hang or reserve memory on the word of a length.
///
///     Fuzz                                   all targets, 20 seconds together
///     Fuzz --target batches --seconds 60
///     Fuzz --seed 17 --iterations 100000     so many cases a target
///     Fuzz --target batches --seed 17 --case 4711
///     Fuzz --target batches --input 00ff…    one input again
///     Fuzz --list
///
/// A case follows from target, seed and number alone. A failure prints them and the input; the exit code is 1.
@main
struct Fuzz {
    private struct Options {
        var target: String?
        var seed: UInt64 = 1
        var seconds = 20.0
        var iterations: Int?
        var caseNumber: Int?
        var input: [UInt8]?
        var isListing = false
    }

    static func main() {
        guard let options = parse(CommandLine.arguments.dropFirst()) else {
            print(
                "usage: Fuzz [--target NAME] [--seed N] [--seconds S | --iterations N | --case N] | [--input HEX] | [--list]"
            )
            exit(2)
        }
        if options.isListing {
            for target in FuzzTarget.all { print("\(padded(target.name, 14)) \(target.about)") }
            return
        }
        let targets = FuzzTarget.all.filter { options.target == nil || $0.name == options.target }
        guard !targets.isEmpty, options.input == nil || targets.count == 1 else {
            print("no target '\(options.target ?? "")': --list shows them")
            exit(2)
        }
        CaseWatch.install()
        for target in targets { FuzzRun(target: target, seed: options.seed).run(within: limit(options, targets.count)) }
    }

    private static func limit(_ options: Options, _ targetCount: Int) -> FuzzRun.Limit {
        if let input = options.input { return .input(input) }
        if let number = options.caseNumber { return .one(number) }
        if let iterations = options.iterations { return .cases(iterations) }
        return .time(.seconds(options.seconds / Double(targetCount)))
    }

    private static func parse(_ arguments: ArraySlice<String>) -> Options? {
        var options = Options()
        var rest = arguments
        while let name = rest.popFirst() {
            if name == "--list" {
                options.isListing = true
                continue
            }
            guard let text = rest.popFirst() else { return nil }
            switch name {
            case "--target": options.target = text
            case "--seed":
                guard let seed = UInt64(text) else { return nil }
                options.seed = seed
            case "--seconds":
                guard let seconds = Double(text), seconds > 0 else { return nil }
                options.seconds = seconds
            case "--iterations", "--case":
                guard let number = Int(text), number >= 0 else { return nil }
                if name == "--case" { options.caseNumber = number } else { options.iterations = number }
            case "--input":
                guard let input = Hex.bytes(text) else { return nil }
                options.input = input
            default: return nil
            }
        }
        return options
    }
}

/// One target's cases with one seed.
struct FuzzRun {
    enum Limit {
        case time(Duration)
        case cases(Int)
        /// The case of this number only.
        case one(Int)
        case input([UInt8])
    }

    let target: FuzzTarget
    let seed: UInt64

    /// Ends the process at the first failure.
    func run(within limit: Limit) {
        let clock = ContinuousClock()
        let start = clock.now
        var tally = Tally()
        warmUp()
        switch limit {
        case .input(let input):
            run(input, title: "input", tally: &tally)
        case .one(let number):
            let input = input(of: number)
            print("\(target.name) seed \(seed) case \(number): \(Hex.text(input))")
            run(input, title: "case \(number)", tally: &tally)
        case .cases(let count):
            runRecorded(&tally)
            for number in 0..<count { run(input(of: number), title: "case \(number)", tally: &tally) }
        case .time(let duration):
            runRecorded(&tally)
            var number = 0
            while clock.now - start < duration {
                run(input(of: number), title: "case \(number)", tally: &tally)
                number += 1
            }
        }
        tally.print(target.name, seed: seed, took: clock.now - start)
    }

    /// The first cases pay for tables and libraries, which are not to be taken for memory that an input has cost.
    private func warmUp() {
        for number in 0..<100 {
            let input = input(of: number)
            CaseWatch.begin(title: title("case \(number)"), input: input)
            _ = try? target.check(input)
        }
    }

    private func runRecorded(_ tally: inout Tally) {
        for recorded in RecordedInputs.all where recorded.target == target.name {
            guard let input = Hex.bytes(recorded.hex) else { fail("recorded", [], "is not hex") }
            run(input, title: "recorded", tally: &tally)
        }
    }

    private func input(of number: Int) -> [UInt8] {
        var mixed = SeededGenerator(seed: seed)
        var hash = mixed.next()
        for byte in target.name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        var random = RandomValues(seed: hash &+ UInt64(number) &* 0xd134_2543_de82_ef95)
        // What making an input traps on must be found again too.
        CaseWatch.begin(title: title("case \(number), making its input"), input: [])
        do { return try target.makeInput(&random) } catch { fail("case \(number)", [], "cannot be made: \(error)") }
    }

    private func run(_ input: [UInt8], title: String, tally: inout Tally) {
        CaseWatch.begin(title: self.title(title), input: input)
        let before = CaseWatch.addressSpacePeakBytes()
        let start = ContinuousClock.now
        do { tally.add(try target.check(input)) } catch { fail(title, input, "\(error)") }
        tally.slowest = max(tally.slowest, ContinuousClock.now - start)
        let growth = CaseWatch.addressSpacePeakBytes() - before
        guard growth <= target.growthBytesMax + input.count * CaseWatch.growthFactorMax else {
            fail(title, input, "\(growth) bytes of memory for \(input.count) bytes of input")
        }
    }

    private func title(_ title: String) -> String { "target \(target.name) seed \(seed) \(title)" }

    private func fail(_ title: String, _ input: [UInt8], _ reason: String) -> Never {
        print("FAILED \(self.title(title)): \(reason)")
        print("again: Fuzz --target \(target.name) --input \(Hex.text(input))")
        exit(1)
    }
}

/// What became of a target's cases.
private struct Tally {
    var count = 0
    var acceptedCount = 0
    var slowest = Duration.zero

    mutating func add(_ outcome: FuzzTarget.Outcome) {
        count += 1
        if outcome == .accepted { acceptedCount += 1 }
    }

    func print(_ name: String, seed: UInt64, took time: Duration) {
        let seconds = max(time / .seconds(1), 0.000_001)
        let share = count == 0 ? 0 : acceptedCount * 100 / count
        Swift.print(
            "\(padded(name, 14)) seed \(seed): \(count) cases, \(share) % accepted, \(Int(Double(count) / seconds)) a second, "
                + "slowest \(Int(slowest / .microseconds(1))) us")
    }
}

private func padded(_ text: String, _ count: Int) -> String {
    text + String(repeating: " ", count: max(0, count - text.count))
}
