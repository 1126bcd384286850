/// What a client may do with a resource, as a bit field of the protocol's operation numbers. There is no authorizer yet,
/// so whoever asks may do all that the kind of resource knows.
enum AuthorizedOperations {
    private static let (read, write, create, delete, alter, describe): (Int32, Int32, Int32, Int32, Int32, Int32) =
        (1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7, 1 << 8)
    private static let (clusterAction, describeConfigs, alterConfigs, idempotentWrite): (Int32, Int32, Int32, Int32) =
        (1 << 9, 1 << 10, 1 << 11, 1 << 12)

    static let topic = read | write | create | delete | alter | describe | describeConfigs | alterConfigs
    static let cluster =
        create | alter | describe | clusterAction | describeConfigs | alterConfigs | idempotentWrite
    static let group = read | delete | describe
    /// For a client that did not ask.
    static let notAskedFor = Int32.min
}
