/// Inputs that once failed. They run before all others; what they showed has a unit test too where it was a fault.
enum RecordedInputs {
    static let all: [(target: String, hex: String)] = [
        // A zstd frame of 19 bytes that asks for a window of 64 MiB.
        ("codecs", "0428b52ffd80808080ffffffffffffffffff01")
    ]
}
