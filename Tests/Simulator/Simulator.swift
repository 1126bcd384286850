import Glibc

/// Runs seeded lives of logs on a disk that crashes, tears, fills and fails, and checks after each that the log kept its
/// promises.
///
///     Simulator                           the recorded seeds, then 500 new ones
///     Simulator --seed 17                 one life
///     Simulator --seed 17 --steps 40 --trace
///     Simulator --first 1000 --count 5000
///
/// A failure prints the seed and the step; the exit code is 1.
@main
struct Simulator {
    private struct Options {
        var seed: UInt64?
        var first: UInt64 = 1
        var count: UInt64 = 500
        var steps = 160
        var isTracing = false
    }

    static func main() {
        guard let options = parse(CommandLine.arguments.dropFirst()) else {
            print("usage: Simulator [--seed N] [--steps N] [--trace] | [--first N] [--count N]")
            exit(2)
        }
        var lives: [(seed: UInt64, steps: Int)] = []
        if let seed = options.seed {
            lives = [(seed, options.steps)]
        } else {
            lives = RecordedSeeds.lives
            lives += (0..<options.count).map { (options.first + $0, options.steps) }
        }
        var totals = LogSimulation.Statistics()
        for life in lives {
            var simulation = LogSimulation(seed: life.seed, isTracing: options.isTracing)
            do {
                try simulation.run(steps: life.steps)
            } catch {
                print("FAILED seed \(life.seed) step \(simulation.step): \(error)")
                print("again: Simulator --seed \(life.seed) --steps \(life.steps) --trace")
                exit(1)
            }
            totals.add(simulation.statistics)
        }
        print("\(lives.count) lives, \(totals)")
    }

    private static func parse(_ arguments: ArraySlice<String>) -> Options? {
        var options = Options()
        var rest = arguments
        while let name = rest.popFirst() {
            if name == "--trace" {
                options.isTracing = true
                continue
            }
            guard let number = rest.popFirst().flatMap({ UInt64($0) }) else { return nil }
            switch name {
            case "--seed": options.seed = number
            case "--first": options.first = number
            case "--count": options.count = number
            case "--steps": options.steps = Int(clamping: number)
            default: return nil
            }
        }
        return options
    }
}
