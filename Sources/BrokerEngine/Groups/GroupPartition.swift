/// The partition of `__consumer_offsets` that holds a group: Java's hash of the name, made positive, modulo
/// `partitionCount`, as every Kafka client and tool computes it.
///
/// Requires: `partitionCount` > 0.
public func partitionOfGroup(_ groupID: String, partitionCount: Int32) -> Int32 {
    var hash: Int32 = 0
    for unit in groupID.utf16 {
        hash = hash &* 31 &+ Int32(unit)
    }
    // The one value without a positive counterpart counts as 0.
    return (hash == .min ? 0 : abs(hash)) % partitionCount
}
