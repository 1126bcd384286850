public import LuaRuntime

/// `platform.metrics`: figures of a plugin's own, exported with those of the process.
public enum MetricsModule {
    private static let limits = MetricsStore.Limits()

    public static let module = HostModule(
        "metrics",
        about: """
            Figures of a plugin's own in Prometheus's format, under `plugin_<plugin>_` and their name. Keep what these \
            functions give in a local. A name has one kind and one set of label names, at most \(limits.nameCountMax) \
            names and \(limits.seriesCountMax) series each: further label values are counted together as `other`. They \
            begin at 0 when the process does.
            """,
        [
            HostFunction(
                "metrics.counter", [name, labels], returns: [.value(.object("MetricCounter"))],
                about: "A figure that only grows; by convention its name ends with `_total`.",
                example: "local late = platform.metrics.counter(\"late_total\", { region = \"eu\" })"
            ) { call in
                let counter = try call.vm.service(MetricsStore.self).counter(call.string(1), try labels(of: call))
                call.vm.push(counter, class: "MetricCounter", on: call.stack)
                return .pushed(1)
            },
            HostFunction(
                "metrics.gauge", [name, labels], returns: [.value(.object("MetricGauge"))],
                about: "A figure that goes up and down."
            ) { call in
                let gauge = try call.vm.service(MetricsStore.self).gauge(call.string(1), try labels(of: call))
                call.vm.push(gauge, class: "MetricGauge", on: call.stack)
                return .pushed(1)
            },
            HostFunction(
                "metrics.histogram",
                [
                    name, labels,
                    .optional(
                        "bounds", .table("number[]"), "rising, at most \(limits.bucketCountMax); for seconds without it"
                    ),
                ], returns: [.value(.object("MetricHistogram"))], about: "How many values lie below each bound.",
                example: "platform.metrics.histogram(\"qty\", nil, { 1, 10, 100 }):observe(order.qty)"
            ) { call in
                let store = try call.vm.service(MetricsStore.self)
                let histogram = try store.histogram(
                    call.string(1), try labels(of: call), bounds: try bounds(of: call))
                call.vm.push(histogram, class: "MetricHistogram", on: call.stack)
                return .pushed(1)
            },
            HostFunction(
                "MetricCounter:add", [.optional("count", .number, "1 without it; not negative")], about: "Adds."
            ) { call in
                try call.object(1, as: MetricCounter.self).add(call.isAbsent(2) ? 1 : call.number(2))
                return .nothing
            },
            HostFunction("MetricGauge:set", [.required("value", .number)], about: "Sets the figure.") { call in
                try call.object(1, as: MetricGauge.self).sum.set(call.number(2))
                return .nothing
            },
            HostFunction(
                "MetricGauge:add", [.optional("count", .number, "1 without it; it may be negative")], about: "Adds."
            ) { call in
                try call.object(1, as: MetricGauge.self).sum.add(call.isAbsent(2) ? 1 : call.number(2))
                return .nothing
            },
            HostFunction("MetricHistogram:observe", [.required("value", .number)], about: "Counts a value.") { call in
                try call.object(1, as: MetricHistogram.self).observe(call.number(2))
                return .nothing
            },
        ])

    private static let name = HostFunction.Parameter.required("name", .string, "letters, digits and `_`")
    private static let labels = HostFunction.Parameter.optional(
        "labels", .table("table<string, string|number|boolean>"), "at most \(MetricsStore.Limits().labelCountMax)")

    private static func labels(of call: HostCall) throws(LuaError) -> [String: String] {
        guard !call.isAbsent(2) else { return [:] }
        guard case .fields(let fields) = try call.value(2) else {
            throw LuaError(.argument, "labels have to be a table by name")
        }
        var labels: [String: String] = [:]
        for (name, value) in fields {
            guard let text = value.plainText else {
                throw LuaError(.argument, "label '\(name)' is a \(value.typeName); it has to be text or a number")
            }
            labels[name] = String(decoding: text, as: UTF8.self)
        }
        return labels
    }

    private static func bounds(of call: HostCall) throws(LuaError) -> [Double]? {
        guard !call.isAbsent(3) else { return nil }
        guard case .array(let values) = try call.value(3) else {
            throw LuaError(.argument, "bounds have to be an array of numbers")
        }
        var bounds: [Double] = []
        for value in values {
            switch value {
            case .integer(let number): bounds.append(Double(number))
            case .number(let number): bounds.append(number)
            default: throw LuaError(.argument, "a bound is a \(value.typeName); it has to be a number")
            }
        }
        return bounds
    }
}
