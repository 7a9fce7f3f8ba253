package import Resilience

extension Setting {
    static let breakers: [Setting] = [
        Setting(
            "BREAKER_FAILURE_THRESHOLD", "Failures in a row that open it.",
            default: "5", in: 1...1000),
        Setting(
            "BREAKER_SUCCESS_THRESHOLD", "Successes that close it once it is half-open.",
            default: "2", in: 1...100),
        Setting(
            "BREAKER_TIMEOUT", "How long it stays open the first time; then longer, up to 300 s or this.",
            default: "60", in: 0.001...86_400, unit: "seconds"),
        Setting(
            "BREAKER_WINDOW_SIZE", "Of so many of the latest calls the rate of failures is taken.",
            default: "100", in: 1...1000),
        Setting(
            "BREAKER_FAILURE_RATE_THRESHOLD", "Share of failures among them that opens it.",
            default: "0.5", in: 0.001...1),
        Setting(
            "BREAKER_HALF_OPEN_MAX_CALLS", "Calls at once while it is half-open.",
            default: "1", in: 1...100),
        Setting(
            "BREAKER_SLOW_CALL_THRESHOLD", "A call that takes longer is slow, which counts as a failure.",
            default: "5", otherwise: "; 20 for the exchange and for e-mail", in: 0.001...86_400, unit: "seconds"),
        Setting(
            "BREAKER_MINIMUM_CALLS", "Calls below which the rate says nothing; at most the window's size.",
            default: "10", in: 1...1000),
    ]
}

/// Settings of circuit breakers: `BREAKER_…` for all of them, `BREAKER_<NAME>_…` for one.
///
/// NAME is the breaker's in capitals, with `_` for every other sign: `alert-ping` is `ALERT_PING`.
package struct BreakerSettings: Sendable, Equatable {
    /// By what follows `BREAKER_` or `BREAKER_<NAME>_`.
    enum Parameter: String, Sendable, CaseIterable {
        case failureThreshold = "FAILURE_THRESHOLD"
        case successThreshold = "SUCCESS_THRESHOLD"
        /// Seconds until it is half-open.
        case timeout = "TIMEOUT"
        case windowSize = "WINDOW_SIZE"
        case failureRateThreshold = "FAILURE_RATE_THRESHOLD"
        case halfOpenMaxCalls = "HALF_OPEN_MAX_CALLS"
        /// Seconds.
        case slowCallThreshold = "SLOW_CALL_THRESHOLD"
        case minimumCalls = "MINIMUM_CALLS"

        var range: ClosedRange<Double> { Setting.named(BreakerSettings.prefix + rawValue).range ?? 0...0 }

        var isWhole: Bool {
            switch self {
            case .timeout, .slowCallThreshold, .failureRateThreshold: false
            default: true
            }
        }
    }

    /// A call that moves much: a page of 10,000 candles, an upload, a mail through a server that answers late on purpose.
    package static let longCall = Duration.seconds(20)

    /// By the breaker's NAME, which is empty for all.
    private let values: [String: [Parameter: Double]]

    init(_ values: [String: [Parameter: Double]]) { self.values = values }

    /// Those of the breaker `name`; `slowCall` is what counts as slow where no setting says so.
    package func of(_ name: String, slowCall: Duration = .seconds(5)) -> CircuitBreakerSettings {
        (try? checked(Self.spelled(name), slowCall: slowCall)) ?? .standard
    }

    /// - Throws: `CircuitBreakerSettingsFault` where values do not fit together.
    func checked(_ name: String, slowCall: Duration = .seconds(5)) throws(CircuitBreakerSettingsFault)
        -> CircuitBreakerSettings
    {
        func value(_ parameter: Parameter) -> Double? { values[name]?[parameter] ?? values[""]?[parameter] }
        func count(_ parameter: Parameter, _ fallback: Int) -> Int { value(parameter).map { Int($0) } ?? fallback }
        func time(_ parameter: Parameter, _ fallback: Duration) -> Duration {
            value(parameter).map { .milliseconds(Int64(($0 * 1000).rounded())) } ?? fallback
        }
        let standard = CircuitBreakerSettings.standard
        let window = count(.windowSize, standard.window)
        return try CircuitBreakerSettings(
            failuresInARow: count(.failureThreshold, standard.failuresInARow), window: window,
            minimumCalls: count(.minimumCalls, min(standard.minimumCalls, window)),
            failureRate: value(.failureRateThreshold) ?? standard.failureRate,
            slowCall: time(.slowCallThreshold, slowCall),
            halfOpenCalls: count(.halfOpenMaxCalls, standard.halfOpenCalls),
            successThreshold: count(.successThreshold, standard.successThreshold),
            openFor: time(.timeout, standard.openFor))
    }

    /// Names of breakers in settings that none of `breakers` has.
    package func unknown(among breakers: [String]) -> [String] {
        Set(values.keys).subtracting([""]).subtracting(breakers.map(Self.spelled)).sorted()
    }

    /// As a breaker's name stands in a setting.
    package static func spelled(_ name: String) -> String {
        String(name.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }

    /// The breaker's NAME and the parameter of `BREAKER_ALERT_PING_TIMEOUT`; nil for what is no setting of a breaker.
    static func parts(of setting: String) -> (name: String, parameter: Parameter)? {
        guard setting.hasPrefix(prefix) else { return nil }
        let rest = setting.dropFirst(prefix.count)
        if let parameter = Parameter(rawValue: String(rest)) { return ("", parameter) }
        // No parameter ends with another one and its underscore.
        guard let parameter = Parameter.allCases.first(where: { rest.hasSuffix("_" + $0.rawValue) }) else { return nil }
        let name = rest.dropLast(parameter.rawValue.count + 1)
        return name.isEmpty || Self.spelled(String(name)) != name ? nil : (String(name), parameter)
    }

    static let prefix = "BREAKER_"
}

extension SettingsChecker {
    mutating func breakers() -> BreakerSettings {
        var values: [String: [BreakerSettings.Parameter: Double]] = [:]
        for setting in source.names.beginning(with: BreakerSettings.prefix) {
            guard let (name, parameter) = BreakerSettings.parts(of: setting) else {
                let forms = BreakerSettings.Parameter.allCases.map { BreakerSettings.prefix + $0.rawValue }
                problems.append("\(setting): there is no such setting; use \(forms.joined(separator: ", "))")
                continue
            }
            if let value = value(of: setting, parameter) { values[name, default: [:]][parameter] = value }
        }
        let settings = BreakerSettings(values)
        for name in Set(values.keys).union([""]).sorted() {
            do {
                _ = try settings.checked(name)
            } catch {
                problems.append("\(BreakerSettings.prefix)\(name)\(name.isEmpty ? "" : "_")…: \(error.summary)")
            }
        }
        return settings
    }

    private mutating func value(of setting: String, _ parameter: BreakerSettings.Parameter) -> Double? {
        guard let text = source.text(setting) else { return nil }
        let range = parameter.range
        let isNumber = text.wholeMatch(of: parameter.isWhole ? /[0-9]{1,9}/ : /[0-9]{1,9}(?:\.[0-9]{1,9})?/) != nil
        if isNumber, let value = Double(text), range.contains(value) { return value }
        let whole = parameter.isWhole ? "\(Int(range.lowerBound)) to \(Int(range.upperBound))" : nil
        problems.append("\(setting) is '\(text)'; use \(whole ?? "\(range.lowerBound) to \(Int(range.upperBound))")")
        return nil
    }
}
