import Foundation

/// Reads the descriptors and writes the Swift sources of KafkaWire.
///
///     swift run WireGenerator [PACKAGE-DIRECTORY]
///
/// The result is committed, so that a build needs no generator; run it after a descriptor has changed.
@main
struct WireGenerator {
    static let command = "swift run WireGenerator"

    static func main() throws {
        let package = URL(filePath: CommandLine.arguments.dropFirst().first ?? ".")
        let wire = package.appending(path: "Sources/KafkaWire")
        do {
            try self.generate(
                from: wire.appending(path: "Descriptors"), messagesTo: wire.appending(path: "Messages"),
                testsTo: package.appending(path: "Tests/KafkaWireTests/Generated"))
        } catch let error as DescriptorError {
            FileHandle.standardError.write(Data("WireGenerator: \(error)\n".utf8))
            exit(1)
        }
    }

    private static func generate(from descriptors: URL, messagesTo output: URL, testsTo tests: URL) throws {
        let decoder = JSONDecoder()
        var apis: [Descriptor] = []
        var glossary: [String: String] = [:]
        var errors = ErrorDescriptors(errors: [])
        for name in try FileManager.default.contentsOfDirectory(atPath: descriptors.path()).sorted() {
            guard name.hasSuffix(".json") else { continue }
            let data = try Data(contentsOf: descriptors.appending(path: name))
            do {
                switch name {
                case "Glossary.json": glossary = try decoder.decode([String: String].self, from: data)
                case "Errors.json": errors = try decoder.decode(ErrorDescriptors.self, from: data)
                default: apis.append(try decoder.decode(Descriptor.self, from: data))
                }
            } catch let error as DecodingError {
                throw DescriptorError("\(name): \(error)")
            }
        }
        let builder = MessageBuilder(glossary: glossary)
        let messages = try apis.flatMap { try builder.messages(of: $0) }

        var files: [String: String] = [:]
        for message in messages {
            let header = self.header(from: message.descriptorName)
            files[message.typeName] = MessageEmitter(message: message, header: header).source()
        }
        files["APIKey"] = try APIKeyEmitter(descriptors: apis, header: self.header(from: "*")).source()
        files["KafkaError"] = KafkaErrorEmitter(descriptors: errors, header: self.header(from: "Errors")).source()
        try self.write(files, to: output)
        let random = RandomMessagesEmitter(messages: messages, header: self.header(from: "*")).source()
        try self.write(["RandomMessages": random], to: tests)
    }

    private static func header(from descriptor: String) -> String {
        "// Generated from Descriptors/\(descriptor).json by `\(self.command)`; edit the descriptor."
    }

    /// Makes `directory` hold exactly these files; leaves a file alone that has not changed, to spare a rebuild.
    private static func write(_ files: [String: String], to directory: URL) throws {
        let manager = FileManager.default
        try manager.createDirectory(at: directory, withIntermediateDirectories: true)
        for name in try manager.contentsOfDirectory(atPath: directory.path())
        where name.hasSuffix(".swift") && files[String(name.dropLast(".swift".count))] == nil {
            try manager.removeItem(at: directory.appending(path: name))
        }
        for (name, text) in files {
            let file = directory.appending(path: name + ".swift")
            let data = Data(text.utf8)
            if (try? Data(contentsOf: file)) != data { try data.write(to: file) }
        }
    }
}
