/// A request whose reply may come later. The shell makes these, and never twice the same.
public struct RequestToken: Sendable, Hashable, CustomStringConvertible {
    /// The shell's number for the request.
    public let rawValue: UInt64

    /// A token of the shell's number `rawValue`.
    public init(_ rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// The number, for messages.
    public var description: String { "request \(rawValue)" }
}

/// A write that the coordinator asked for. The core makes these; a later write has a higher number.
public struct PersistToken: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The core's number for the write, from 1.
    public let rawValue: UInt64

    init(_ rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// The number, for messages.
    public var description: String { "write \(rawValue)" }

    /// Whether `left` was asked for before `right`.
    public static func < (left: PersistToken, right: PersistToken) -> Bool { left.rawValue < right.rawValue }
}

/// What the shell is to do, in this order.
public enum GroupAction: Sendable, Equatable {
    /// Answer the request. A token is answered once, unless it was forgotten.
    case reply(RequestToken, GroupReply)
    /// Append the records, as one batch, to the partition of `__consumer_offsets` that `partitionOfGroup` names,
    /// and call `persisted` once they are durable, or `persistFailed`. The writes of one group are appended and
    /// reported in the order in which they were asked for.
    case persist(PersistToken, groupID: String, [GroupRecord])
}

/// The answer to a request that carried a token.
public enum GroupReply: Sendable, Equatable {
    /// To `join`.
    case join(GroupJoinReply)
    /// To `sync`.
    case sync(GroupSyncReply)
    /// To `leave`.
    case leave(GroupLeaveReply)
    /// To `commitOffsets`.
    case commitOffsets(OffsetCommitReply)
    /// To `deleteOffsets`.
    case deleteOffsets(OffsetDeleteReply)
    /// To `deleteGroups`: one entry for each name asked for, in that order.
    case deleteGroups([DeletedGroup])
}

/// Two readings of the time, taken together by the shell.
public struct GroupTime: Sendable, Equatable {
    /// Milliseconds of a clock that never goes back. Timeouts are counted on it.
    public var monotonicMS: Int64
    /// Milliseconds since 1970. Commits and states are stamped with it, and offsets expire by it.
    public var wallMS: Int64

    /// A reading of both clocks.
    public init(monotonicMS: Int64, wallMS: Int64) {
        self.monotonicMS = monotonicMS
        self.wallMS = wallMS
    }
}
