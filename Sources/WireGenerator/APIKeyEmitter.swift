/// Writes the enumeration of APIs with names and versions.
struct APIKeyEmitter {
    let descriptors: [Descriptor]
    let header: String

    func source() throws -> String {
        let apis = self.descriptors.filter { $0.key != nil }.sorted { ($0.key ?? 0) < ($1.key ?? 0) }
        var text = SourceText()
        text.line(self.header)
        text.line()
        text.documentation("The APIs whose messages can be read and written; the raw value is the key on the wire.")
        text.block("public enum APIKey: Int16, CaseIterable, Sendable") { text in
            for api in apis {
                text.documentation(api.about)
                text.line("case \(caseName(api.name)) = \(api.key ?? 0)")
            }
        }
        text.line()
        var ranges: [(versions: VersionRange, flexible: VersionRange?)] = []
        for api in apis {
            let versions = try VersionRange(api.versions, latest: 0)
            ranges.append((versions, try api.flexible.map { try VersionRange($0, latest: versions.last) }))
        }
        text.block("extension APIKey") { text in
            text.documentation("The protocol's name of the API, such as `ApiVersions`.")
            self.lookup("name: String", apis.map { "\"\($0.name)\"" }, apis, &text)
            text.line()
            text.documentation("The versions that can be read and written.")
            let versions = ranges.map { "\($0.versions.first)...\($0.versions.last)" }
            self.lookup("validVersions: ClosedRange<Int16>", versions, apis, &text)
            text.line()
            text.documentation("The first version with compact lengths and tagged fields; nil if there is none.")
            let flexible = ranges.map { $0.flexible.map { String($0.first) } ?? "nil" }
            self.lookup("flexibleFrom: Int16?", flexible, apis, &text)
        }
        return text.text
    }

    private func lookup(
        _ declaration: String, _ values: [String], _ apis: [Descriptor], _ text: inout SourceText
    ) {
        text.block("public var \(declaration)") { text in
            text.line("switch self {")
            for (api, value) in zip(apis, values) {
                text.line("case .\(caseName(api.name)): \(value)")
            }
            text.line("}")
        }
    }
}
