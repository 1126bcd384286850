import Foundation
import LogStorage

/// Room on the device that holds the logs.
public struct DiskSpace: Equatable, Sendable {
    public var totalBytes: Int64
    /// What is left.
    public var usableBytes: Int64

    /// Asks the file system that holds a path; nil if it does not say.
    init?(path: String) {
        guard let figures = try? FileManager.default.attributesOfFileSystem(forPath: path),
            let total = figures[.systemSize] as? NSNumber, let free = figures[.systemFreeSize] as? NSNumber
        else { return nil }
        totalBytes = total.int64Value
        usableBytes = free.int64Value
    }
}

extension Broker {
    public var diskSpace: DiskSpace? { DiskSpace(path: logsPath) }
}
