import Glibc

/// Watches one case at a time for what no error shows: a trap, a hang, memory reserved on the word of a length.
///
/// A trap ends the process, so what is needed to find the case again is kept where a signal handler can print it.
/// Not thread-safe: the fuzzer has one thread.
enum CaseWatch {
    /// Address space that a case may add for each byte of its input.
    static let growthFactorMax = 64
    /// A case that takes longer hangs.
    private static let secondsMax: UInt32 = 20

    private static let inputBytesMax = 8 << 20
    nonisolated(unsafe) private static var input: UnsafeMutableRawPointer?
    nonisolated(unsafe) private static var inputCount = 0
    /// "target … seed … case …", made anew for each case.
    nonisolated(unsafe) private static var title: UnsafeMutableRawPointer?
    nonisolated(unsafe) private static var titleCount = 0
    nonisolated(unsafe) private static var statusDescriptor: CInt = -1

    static func install() {
        input = .allocate(byteCount: inputBytesMax, alignment: 16)
        title = .allocate(byteCount: 256, alignment: 16)
        statusDescriptor = open("/proc/self/status", O_RDONLY | O_CLOEXEC)
        // Its own stack, to report one that has overflowed.
        var stack = stack_t()
        stack.ss_size = 64 << 10
        stack.ss_sp = .allocate(byteCount: stack.ss_size, alignment: 16)
        sigaltstack(&stack, nil)
        for signal in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGALRM] {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { CaseWatch.report($0) }
            action.sa_flags = CInt(SA_ONSTACK) | CInt(bitPattern: UInt32(SA_RESETHAND))
            sigaction(signal, &action, nil)
        }
    }

    /// Takes note of a case that is about to run.
    static func begin(title text: String, input bytes: [UInt8]) {
        guard let input, let title else { return }
        titleCount = min(256, text.utf8.count)
        title.copyMemory(from: Array(text.utf8), byteCount: titleCount)
        inputCount = min(inputBytesMax, bytes.count)
        input.copyMemory(from: bytes, byteCount: inputCount)
        alarm(secondsMax)
    }

    /// In a signal handler: only `write`, and memory that is there already.
    private static func report(_ signal: CInt) {
        write("\nFAILED ")
        if let title { _ = Glibc.write(STDERR_FILENO, title, titleCount) }
        write(signal == SIGALRM ? ": hangs" : ": traps or overflows the stack")
        write("; input: ")
        if let input {
            let bytes = UnsafeRawBufferPointer(start: input, count: inputCount)
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 2) { pair in
                for byte in bytes {
                    pair[0] = digit(byte >> 4)
                    pair[1] = digit(byte & 15)
                    _ = Glibc.write(STDERR_FILENO, pair.baseAddress, 2)
                }
            }
        }
        write("\n")
        // A trap comes again when this returns, and then ends the process as it would have.
        if signal == SIGALRM { _exit(1) }
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 87 + value }

    private static func write(_ text: StaticString) {
        _ = Glibc.write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
    }

    /// The most address space that the process ever had, in bytes; 0 where the system does not tell.
    ///
    /// Unlike resident memory it shows what was reserved and never touched.
    static func addressSpacePeakBytes() -> Int {
        withUnsafeTemporaryAllocation(byteCount: 1024, alignment: 1) { buffer in
            let count = pread(statusDescriptor, buffer.baseAddress, buffer.count, 0)
            guard count > 0 else { return 0 }
            let name: StaticString = "VmPeak:"
            let wanted = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
            for start in 0..<max(0, count - wanted.count) where buffer[start...].starts(with: wanted) {
                var kibibytes = 0
                for byte in buffer[(start + wanted.count)..<count] {
                    if (48...57).contains(byte) { kibibytes = kibibytes * 10 + Int(byte - 48) }
                    if byte == 107 { break }
                }
                return kibibytes << 10
            }
            return 0
        }
    }
}
