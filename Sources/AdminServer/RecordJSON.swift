public import LogStorage
import NIOCore

/// A record in JSON, one form over HTTP and on the command line; `ProducedRecord` describes it.
public enum RecordJSON {
    /// Why a text is no record.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    /// Reads one record. Its partition is nil if the text names none; without a timestamp it gets `nowMS`.
    public static func decode(_ text: UnsafeRawBufferPointer, nowMS: Int64) throws(Failure) -> (
        record: Record, partition: Int32?
    ) {
        do throws(AdminError) {
            let parsed = try ProducedRecord.parse(json: ByteBuffer(bytes: text), countMax: 1)[0]
            return (
                Record(
                    key: parsed.key, value: parsed.value, headers: parsed.headers,
                    timestampMS: parsed.timestampMS ?? nowMS), parsed.partition
            )
        } catch { throw Failure(description: error.message) }
    }
}
