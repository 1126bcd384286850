public import LogStorage
public enum TopicName { static func validate(_ n: String) throws {}
 static func collidingName(of n: String, among: [String]) -> String? { nil } }
public enum ConfigSource: Int8, Sendable { case a = 1 }
public struct ConfigEntry: Sendable { public var name: String; public var value: String?; public var isReadOnly = false; public var isSensitive = false; public var source = ConfigSource.a }
public enum TopicSettings { static func validate(_ s: [String: String]) throws {}
 static func logConfiguration(of s: [String: String], defaults: LogConfiguration) -> LogConfiguration { defaults }
 public static func entries(of s: [String: String], defaults: LogConfiguration) -> [ConfigEntry] { [] } }
