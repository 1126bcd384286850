//     A consumer's metadata begins, in every version of the consumer protocol, with
//
//     version i16 │ topic count i32 │ { length i16, UTF-8 }… │ …
//
//     All integers big-endian. What follows differs by version and is of no interest here.

/// The part of a consumer's metadata that the coordinator looks into: the topics it reads.
enum ConsumerSubscription {
    /// The protocol type whose metadata has this form.
    static let protocolType = "consumer"

    /// The topics, or `nil` if the bytes do not have this form.
    static func topics(in metadata: [UInt8]) -> Set<String>? {
        var reader = GroupRecordReader(metadata)
        do {
            _ = try reader.int16()
            let count = try reader.int32()
            guard count >= 0 else { return nil }
            var topics: Set<String> = []
            for _ in 0..<count {
                topics.insert(try reader.string())
            }
            return topics
        } catch {
            return nil
        }
    }
}
