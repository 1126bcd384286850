import java.io.File;
import org.apache.kafka.common.record.FileRecords;
import org.apache.kafka.common.record.Record;
import org.apache.kafka.common.record.RecordBatch;

/**
 * Kafka's own reader of segment files, on the files named: every batch is checked as the broker checks it, every
 * record is read (and inflated). Prints one line for each file: batches, records, first and last offset.
 */
public final class SegmentReader {
    public static void main(String[] paths) throws Exception {
        for (String path : paths) {
            // A preallocated file ends in zeros; Kafka's own recovery ends there too.
            try (FileRecords file = FileRecords.open(new File(path), false)) {
                long batches = 0;
                long records = 0;
                long first = -1;
                long next = Long.parseLong(new File(path).getName().split("\\.")[0]);
                for (RecordBatch batch : file.batches()) {
                    batch.ensureValid();
                    if (batch.magic() != RecordBatch.MAGIC_VALUE_V2) throw new AssertionError("magic " + batch.magic());
                    if (batch.baseOffset() < next) throw new AssertionError("offset " + batch.baseOffset() + " < " + next);
                    if (first < 0) first = batch.baseOffset();
                    long offset = batch.baseOffset();
                    for (Record record : batch) {
                        record.ensureValid();
                        if (record.offset() < offset) throw new AssertionError("record offset " + record.offset());
                        offset = record.offset() + 1;
                        records++;
                    }
                    next = batch.lastOffset() + 1;
                    batches++;
                }
                System.out.println(batches + " " + records + " " + first + " " + (next - 1));
            }
        }
    }
}
