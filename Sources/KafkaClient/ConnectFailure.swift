import Glibc
import NIOCore
import NIOPosix

/// Says in words why a socket failed.
enum ConnectFailure {
    static func reason(_ error: any Error) -> String {
        switch error {
        case let error as IOError: String(cString: strerror(error.errnoCode)).lowercased()
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { reason($0.error) }
                ?? "the host name '\(error.host)' has no address"
        case ChannelError.connectTimeout(let time):
            "no answer within \(time.nanoseconds / 1_000_000) ms"
        default: "\(error)"
        }
    }
}
