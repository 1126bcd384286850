import LogStorage
import Metadata

/// The check of the catalog file against the logs of the same directory.
struct CatalogVerification {
    private static let log = LogName(topic: "__metadata", partition: 0)

    private(set) var findings: [VerificationFinding] = []
    private let path: String
    private let report: VerificationReport

    /// Requires: the directory is locked, `report` is of its logs.
    init(directory: String, report: VerificationReport) {
        path = directory + "/metadata.sqlite"
        self.report = report
        var catalog: Catalog?
        do throws(MetadataError) {
            if let inspection = try MetadataStore.inspect(path: path) {
                catalog = inspection.catalog
                checkAppliedOffset(inspection.appliedOffset)
            }
        } catch {
            note(error)
        }
        for name in report.logsWithoutDirectory { checkMissing(name, catalog: catalog, directory: directory) }
    }

    private mutating func note(_ error: MetadataError) {
        switch error {
        case .damaged(_, let reason):
            findings.append(
                .init(
                    severity: .derived, path: path, reason: reason,
                    remedy: "the next start sets it aside and rebuilds it from the log __metadata"))
        case .newerSchema:
            findings.append(
                .init(
                    severity: .derived, path: path, reason: "written by a newer program",
                    remedy: "start that one, or delete the file and its -wal: it is rebuilt from the log __metadata"))
        default:
            findings.append(
                .init(severity: .derived, path: path, reason: "\(error)", remedy: "see to that and check again"))
        }
    }

    private mutating func checkAppliedOffset(_ appliedOffset: Int64) {
        let endOffset = report.endOffsets[CatalogVerification.log] ?? 0
        guard appliedOffset >= endOffset else { return }
        findings.append(
            .init(
                severity: .damage, path: path,
                reason: "shows changes up to offset \(appliedOffset), but the log __metadata ends at \(endOffset)",
                remedy:
                    "restore logs/__metadata-0 from a copy before the next start, which rebuilds the catalog from what "
                    + "the log still holds"))
    }

    private mutating func checkMissing(_ name: LogName, catalog: Catalog?, directory: String) {
        let exists = catalog?.topics[name.topic].map { name.partition < $0.partitionCount } ?? false
        findings.append(
            .init(
                severity: exists || name == CatalogVerification.log ? .damage : .notice,
                path: "\(directory)/logs/\(name)",
                reason: exists
                    ? "missing, though the topic exists and held records" : "gone, but a checkpoint names it",
                remedy: exists ? "restore the directory from a copy" : "if its topic was deleted, all is well"))
    }
}
