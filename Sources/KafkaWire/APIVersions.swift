/// What the codec knows of one API.
public struct APIDescription: Equatable, Sendable {
    /// The API, as a case.
    public let key: APIKey
    /// The protocol's name of the API.
    public let name: String
    /// The versions that can be read and written.
    public let validVersions: ClosedRange<Int16>
    /// The versions to show to clients; see `APIKey.advertisedVersions`.
    public let advertisedVersions: ClosedRange<Int16>
    /// The first flexible version, nil if there is none.
    public let flexibleFrom: Int16?
}

/// The table of all APIs of this module.
public enum APIVersions {
    /// In the order of the keys.
    public static let all: [APIDescription] = APIKey.allCases.map(\.api)

    /// The API of a key and version that came over the wire; nil if it is unknown or the version cannot be read.
    public static func api(key: Int16, version: Int16) -> APIKey? {
        guard let api = APIKey(rawValue: key), api.validVersions.contains(version) else { return nil }
        return api
    }
}

extension APIKey {
    /// Everything known of this API.
    public var api: APIDescription {
        APIDescription(
            key: self, name: self.name, validVersions: self.validVersions,
            advertisedVersions: self.advertisedVersions, flexibleFrom: self.flexibleFrom)
    }

    /// The versions to show to clients.
    ///
    /// For Produce they begin at 0 although 0 to 2 cannot be read: librdkafka before 2.11 compresses with gzip, snappy
    /// and lz4 only for brokers that claim Produce 0, and then sends 7.
    public var advertisedVersions: ClosedRange<Int16> {
        self == .produce ? 0...self.validVersions.upperBound : self.validVersions
    }

    /// Whether `version` has compact lengths, tagged fields and the later request header.
    public func isFlexible(version: Int16) -> Bool {
        guard let flexibleFrom = self.flexibleFrom else { return false }
        return version >= flexibleFrom
    }

    /// Whether a response of `version` has tagged fields in its header.
    public func hasFlexibleResponseHeader(version: Int16) -> Bool {
        self != .apiVersions && self.isFlexible(version: version)
    }
}
