/// Puts a cleaned segment in the place of those it was made from, in steps that recovery can finish:
/// `<base>.log.cleaned` is written and synced, renamed to `<base>.log.swap`, the old files are removed, and the swap
/// file takes the plain name. A crash before the first rename leaves the old segments, after it the new one.
enum CompactionSwap {
    /// Finishes the swaps that a crash has interrupted. The swap file is whole: it was synced before it got its name.
    static func finish(directory: String, disk: any Disk) throws(DiskError) {
        let names = try disk.list(directory)
        let swaps = names.filter { $0.hasSuffix(".log.swap") }
        for name in swaps {
            guard let base = Int64(name.prefix(20)) else { continue }
            let path = directory + "/" + name
            let file = try disk.open(path, creating: false)
            var end = base
            let walker = BatchWalker(file: file, path: path, endPosition: try file.size())
            var window = BatchWalker.Window()
            var position = 0
            while position < walker.endPosition {
                guard let batch = try? walker.batch(at: position, window: &window) else { break }
                end = batch.lastOffset
                position += batch.sizeBytes
            }
            for other in names {
                guard let old = Segment.baseOffset(ofName: other, kind: "log"), old >= base, old <= end else { continue }
                try removeSegmentFiles(directory: directory, base: old, disk: disk)
            }
            try disk.rename(path, to: directory + "/" + Segment.fileName(base, "log"))
        }
        if !swaps.isEmpty { try disk.syncDirectory(directory) }
    }

    static func removeSegmentFiles(directory: String, base: Int64, disk: any Disk) throws(DiskError) {
        for kind in ["log", "index", "timeindex", "snapshot"] {
            try disk.removeFile(directory + "/" + Segment.fileName(base, kind))
        }
    }
}
