import LogStorage
import LuaRuntime
import Synchronization

/// Somebody who watches what a plugin is given and what it answers: takes so many calls, then it is full.
public final class Tap: Sendable {
    public struct Call: Sendable {
        public var topic: String
        public var key: [UInt8]?
        public var sizeBytes: Int
        public var partition: Int64?
        public var offset: Int64?
        public var answer: String
    }

    private let countMax: Int
    private let calls = Mutex<[Call]>([])
    private let isClosed = Mutex(false)

    public init(countMax: Int) { self.countMax = countMax }

    /// Whether it takes no more.
    public var isFull: Bool { isClosed.withLock { $0 } || calls.withLock { $0.count >= countMax } }

    /// Nobody watches any more.
    public func close() { isClosed.withLock { $0 = true } }

    /// What has come so far.
    public var taken: [Call] { calls.withLock { $0 } }

    func add(_ call: Call) {
        calls.withLock { calls in
            if calls.count < countMax { calls.append(call) }
        }
    }

    func add(_ records: [Record], _ selections: [LuaSelection], topic: String) {
        for (record, selection) in zip(records, selections) {
            add(
                Call(
                    topic: topic, key: record.key, sizeBytes: (record.key?.count ?? 0) + (record.value?.count ?? 0),
                    answer: selection.text))
        }
    }
}

extension LuaSelection {
    /// As people read it.
    var text: String {
        switch self {
        case .partition(let partition): "partition \(partition)"
        case .undecided: "nil"
        case .failed(let error): "error: \(error)"
        }
    }
}
