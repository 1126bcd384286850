/// What a group coordinator refuses, one case for each meaning the Kafka protocol knows.
///
/// The protocol server translates these to its own codes.
public enum GroupError: Error, Sendable, Hashable, CaseIterable {
    /// The coordinator cannot serve the group at this moment; the client should look for it again and retry.
    case coordinatorNotAvailable
    /// The coordinator is still reading its log; retry.
    case coordinatorLoadInProgress
    /// The coordinator has handed the group to another one.
    case notCoordinator
    /// The group id is empty where one is needed, or longer than a record can hold.
    case invalidGroupID
    /// No group of this name exists.
    case groupIDNotFound
    /// The group still has members, so it cannot be deleted.
    case nonEmptyGroup
    /// The members of the group read this topic, so its offsets cannot be deleted.
    case groupSubscribedToTopic
    /// The group has as many members as it may have.
    case groupMaxSizeReached
    /// The group knows no such member: it left, its session expired, or it never joined.
    case unknownMemberID
    /// The member should join again with the id in the reply (KIP-394).
    case memberIDRequired
    /// Another client has taken over this member's group instance id (KIP-345).
    case fencedInstanceID
    /// The request is of another generation than the group.
    case illegalGeneration
    /// The group is rebalancing; the member should join again.
    case rebalanceInProgress
    /// The member has no protocol in common with the group, or names another than the group chose.
    case inconsistentGroupProtocol
    /// The session timeout lies outside the configured bounds.
    case invalidSessionTimeout
    /// The metadata text of a committed offset is too long.
    case offsetMetadataTooLarge
    /// A commit of this partition is being written, and the reader asked for a settled one.
    case unstableOffsetCommit
    /// A name in the request is longer than a record can hold.
    case invalidRequest
    /// What the client wants kept makes a larger record than the offsets topic takes: group metadata of all members,
    /// or the offsets of one commit.
    case recordTooLarge
}
