/// Prometheus' text format, version 0.0.4.
package struct MetricsText: Sendable {
    package private(set) var text = ""

    package init() {}

    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    package enum Kind: String, Sendable {
        case gauge, counter
    }

    package typealias Sample = (labels: [(String, String)], value: Double)

    /// One metric with its samples; without any, nothing is said of it.
    package mutating func add(_ name: String, _ help: String, _ samples: [Sample], kind: Kind = .gauge) {
        if samples.isEmpty { return }
        text += "# HELP cryptotrader_\(name) \(Self.escaped(help, quotes: false))\n"
        text += "# TYPE cryptotrader_\(name) \(kind.rawValue)\n"
        for sample in samples {
            let labels = sample.labels.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",")
            text += "cryptotrader_\(name)\(labels.isEmpty ? "" : "{\(labels)}") \(Self.number(sample.value))\n"
        }
    }

    /// A metric with one sample, or none where the value is not known.
    package mutating func add(_ name: String, _ help: String, _ value: Double?) {
        add(name, help, value.map { [([], $0)] } ?? [])
    }

    private static func escaped(_ text: String, quotes: Bool = true) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }

    private static func number(_ value: Double) -> String {
        if let whole = Int64(exactly: value) { return "\(whole)" }
        return value.isNaN ? "NaN" : value.isInfinite ? (value < 0 ? "-Inf" : "+Inf") : "\(value)"
    }
}
