import Foundation
import LuaLibraries
public import LuaRuntime
import NIOCore

/// All that scripts of `platform run` can call.
public enum JobRegistry {
    public static let shared = HostRegistry(documented + [JobModule.forPrelude, SQLModule.forPrelude])

    /// The modules that scripts see.
    public static let documented: [HostModule] =
        [
            JobModule.module, TaskModule.module, BrokerModule.module, FileModule.module,
            JobPrelude.module, SQLModule.module,
            TimeModule.module(
                nowMS: { Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)) },
                monotonicMS: { Double(NIODeadline.now().uptimeNanoseconds) / 1e6 }),
            UUIDModule.module(
                nowMS: { Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)) },
                random: { UInt64.random(in: .min ... .max) }),
            HTTPModule.module, URLModule.module, CryptoModule.module,
            LogModule.module(nowMS: { Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000) }),
        ] + LibraryModules.modules
}

extension HostCall {
    /// The job that the script belongs to.
    var job: JobRunner {
        get throws(LuaError) { try vm.service(JobRunner.self) }
    }
}
