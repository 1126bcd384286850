import Configuration

/// The three places where settings are given, the strongest first.
struct SettingSources {
    private let places: [(provider: any ConfigProvider, origin: (SettingKey) -> SettingOrigin)]

    /// Adds a problem for each key that no setting has.
    init(
        overrides: [String], environment: [String: String], file: SettingsFile?,
        problems: inout [SettingsError.Problem]
    ) {
        let keys = SettingKey.all
        let flags = SettingSources.flags(overrides, problems: &problems)
        SettingSources.checkNames(flags.keys, keys: keys, origin: .flag, problems: &problems)
        SettingSources.checkVariables(environment, keys: keys, problems: &problems)
        // A variable set to nothing is how compose files and shells leave one out.
        let variables = EnvironmentVariablesProvider(environmentVariables: environment.filter { !$0.value.isEmpty })
        var places: [(provider: any ConfigProvider, origin: (SettingKey) -> SettingOrigin)] = [
            (SettingSources.provider("flags", flags), { _ in .flag }),
            (variables.prefixKeys(with: ["platform"]), { .environment(variable: $0.environmentName) }),
        ]
        if let file {
            SettingSources.checkNames(file.values.keys, keys: keys, origin: .file(path: file.path), problems: &problems)
            places.append((SettingSources.provider("file", file.values), { _ in .file(path: file.path) }))
        }
        self.places = places
    }

    /// The value given for a key, from the strongest place that has one.
    func value(of key: SettingKey) -> (text: String, origin: SettingOrigin)? {
        let name = AbsoluteConfigKey(ConfigKey(key.name))
        for (provider, origin) in places {
            // All three hold texts, so the look-up has no type to fail on.
            if case .string(let text)? = try? provider.value(forKey: name, type: .string).value?.content {
                return (text, origin(key))
            }
        }
        return nil
    }

    private static func provider(_ name: String, _ values: [String: String]) -> InMemoryProvider {
        InMemoryProvider(
            name: name,
            values: Dictionary(
                values.map { (AbsoluteConfigKey(ConfigKey($0.key)), ConfigValue(.string($0.value), isSecret: false)) },
                uniquingKeysWith: { first, _ in first }))
    }

    /// `section.key=value`; of a key that stands there twice the last holds.
    private static func flags(_ overrides: [String], problems: inout [SettingsError.Problem]) -> [String: String] {
        var values: [String: String] = [:]
        for text in overrides {
            guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
                problems.append(.malformedOverride(text))
                continue
            }
            values[String(text[..<equals])] = String(text[text.index(after: equals)...])
        }
        return values
    }

    private static func checkNames(
        _ names: some Sequence<String>, keys: [SettingKey], origin: SettingOrigin,
        problems: inout [SettingsError.Problem]
    ) {
        for name in names.sorted() where !keys.contains(where: { $0.name == name }) {
            problems.append(.unknownKey(name: name, origin: origin, nearest: NearestKey.of(name, among: keys)))
        }
    }

    private static func checkVariables(
        _ environment: [String: String], keys: [SettingKey], problems: inout [SettingsError.Problem]
    ) {
        let known = Set(keys.map(\.environmentName))
        for variable in environment.keys.sorted()
        where variable.hasPrefix(SettingKey.environmentPrefix) && !known.contains(variable) {
            let rest = variable.dropFirst(SettingKey.environmentPrefix.count)
            guard !isServiceLink(rest) else { continue }
            let nearest = NearestKey.of(
                rest.lowercased(), among: keys, comparing: { $0.name.map { $0 == "." || $0 == "-" ? "_" : $0 } })
            let key = keys.first { $0.name == nearest }
            problems.append(
                .unknownKey(
                    name: variable, origin: .environment(variable: variable),
                    nearest: key.map(\.environmentName) ?? nearest))
        }
    }

    /// Whether Kubernetes set the variable, as it does in every pod for a service named `platform`: SERVICE_HOST,
    /// SERVICE_PORT[_NAME], PORT, PORT_NUMBER_PROTOCOL[_PROTO|_PORT|_ADDR].
    private static func isServiceLink(_ rest: Substring) -> Bool {
        rest == "SERVICE_HOST" || rest == "SERVICE_PORT" || rest.hasPrefix("SERVICE_PORT_") || rest == "PORT"
            || rest.hasPrefix("PORT_") && rest.dropFirst("PORT_".count).first?.isNumber == true
    }
}
