import Glibc
import LogStorage
import NIOCore

/// Part of a segment file that leaves by `sendfile`.
struct FileRange: Sendable {
    let slice: LogSlice
    let count: Int

    /// A file opened for one response.
    struct Opened {
        let region: FileRegion
        private let handle: NIOFileHandle

        init(region: FileRegion, handle: NIOFileHandle) {
            self.region = region
            self.handle = handle
        }

        func close() { try? handle.close() }
    }

    /// Duplicates the descriptor, so that the segment may be deleted and closed while the response is on its way.
    func open() throws -> Opened {
        guard let descriptor = slice.file.descriptor else {
            throw IOError(errnoCode: EBADF, reason: "segment without a descriptor")
        }
        let duplicate = dup(descriptor)
        guard duplicate >= 0 else { throw IOError(errnoCode: errno, reason: "dup of a segment's descriptor") }
        let handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: duplicate)
        return Opened(
            region: FileRegion(
                fileHandle: handle, readerIndex: slice.position, endIndex: slice.position + count),
            handle: handle)
    }
}
