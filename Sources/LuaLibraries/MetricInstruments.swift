import LuaRuntime
import Synchronization

/// A sum that states add to without a lock.
final class MetricSum: Sendable {
    private let bits = Atomic<UInt64>(Double.zero.bitPattern)

    var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    func add(_ amount: Double) {
        var old = bits.load(ordering: .relaxed)
        while true {
            let new = (Double(bitPattern: old) + amount).bitPattern
            let (isExchanged, current) = bits.weakCompareExchange(expected: old, desired: new, ordering: .relaxed)
            if isExchanged { return }
            old = current
        }
    }
}

/// A series that only grows.
final class MetricCounter: Sendable {
    let sum = MetricSum()

    func add(_ amount: Double) throws(LuaError) {
        guard amount >= 0, amount.isFinite else {
            throw LuaError(.argument, "a counter only grows: \(amount) cannot be added; use a gauge")
        }
        sum.add(amount)
    }
}

/// A series that goes up and down.
final class MetricGauge: Sendable {
    let sum = MetricSum()
}

/// A series of how many values lie below each bound.
final class MetricHistogram: Sendable {
    /// Rising; a value equal to one counts below it. Beyond the last there is no bound.
    let bounds: [Double]
    private let state: Mutex<State>

    struct State: Equatable {
        /// Values between a bound and the one before; one more than there are bounds.
        var counts: [UInt64]
        var sum = 0.0
    }

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    var current: State { state.withLock { $0 } }

    func observe(_ value: Double) throws(LuaError) {
        guard !value.isNaN else { throw LuaError(.argument, "what is no number cannot be observed") }
        let index = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[index] += 1
            state.sum += value
        }
    }
}
