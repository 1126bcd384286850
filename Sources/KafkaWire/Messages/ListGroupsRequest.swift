// Generated from Descriptors/ListGroups.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Lists the groups that a broker coordinates.
///
/// Covers versions 0–5, flexible from 3.
public struct ListGroupsRequest: KafkaRequest {
    /// The message that answers this one.
    public typealias Response = ListGroupsResponse

    /// The API this message belongs to.
    public static var apiKey: APIKey { .listGroups }

    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...5 }

    /// The states to list; empty for all (versions 4–5).
    public var statesFilter: [String]
    /// The kinds of groups to list; empty for all (version 5).
    public var typesFilter: [String]

    /// Memberwise; every field may be left at its default.
    public init(
        statesFilter: [String] = [],
        typesFilter: [String] = []
    ) {
        self.statesFilter = statesFilter
        self.typesFilter = typesFilter
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 3
        if version >= 4 {
            let statesFilterCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 1)
            self.statesFilter.reserveCapacity(statesFilterCount)
            for _ in 0..<statesFilterCount {
                self.statesFilter.append(try reader.readString(compact: flexible))
            }
        }
        if version >= 5 {
            let typesFilterCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 1)
            self.typesFilter.reserveCapacity(typesFilterCount)
            for _ in 0..<typesFilterCount {
                self.typesFilter.append(try reader.readString(compact: flexible))
            }
        }
        if flexible {
            try reader.skipTaggedFields()
        }
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        let flexible = version >= 3
        if version >= 4 {
            buffer.writeArrayCount(self.statesFilter.count, compact: flexible)
            for element in self.statesFilter {
                buffer.writeWireString(element, compact: flexible)
            }
        }
        if version >= 5 {
            buffer.writeArrayCount(self.typesFilter.count, compact: flexible)
            for element in self.typesFilter {
                buffer.writeWireString(element, compact: flexible)
            }
        }
        if flexible {
            buffer.writeUnsignedVarint(0)
        }
    }
}
