package import Candles
package import Resilience

/// The env file of one instance of a unit: which settings a person finds there, and may change.
package struct InstanceFile: Sendable, Equatable {
    /// The file's name in the folder of env files.
    package let name: String
    /// Name and value, in the order in which they are written.
    package let settings: [Setting]

    package struct Setting: Sendable, Equatable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// What an existing file means for ours.
    package enum Standing: Sendable, Equatable {
        case missing
        case same
        /// Other words for the same series: a person's own settings, which are kept.
        case customized
        /// Settings that name another series than the instance does.
        case contradicts([Setting])
    }

    package var text: String { settings.map { "\($0.name)=\($0.value)\n" }.joined() }

    /// `existing`: the text of the file that is there, or nil.
    package func standing(of existing: String?) -> Standing {
        guard let existing else { return .missing }
        let found = Self.settings(in: existing)
        if found == settings { return .same }
        let wrong = found.filter { other in
            ["CT_SYMBOL", "CT_TIMEFRAME"].contains(other.name)
                && settings.contains { $0.name == other.name && $0.value != other.value }
        }
        return wrong.isEmpty ? .customized : .contradicts(wrong)
    }

    /// Lines of NAME=value as systemd reads them: comments begin with # or ;, and a value may stand in quotes.
    private static func settings(in text: String) -> [Setting] {
        text.split(whereSeparator: \.isNewline).compactMap { line in
            let line = line.drop { $0 == " " || $0 == "\t" }
            guard let first = line.first, first != "#", first != ";", let equals = line.firstIndex(of: "=") else {
                return nil
            }
            var value = line[line.index(after: equals)...]
            while value.last?.isWhitespace == true { value.removeLast() }
            for quote: Character in ["\"", "'"] where value.count > 1 && value.first == quote && value.last == quote {
                value = value.dropFirst().dropLast()
            }
            return Setting(String(line[..<equals]), String(value))
        }
    }
}

/// What one series gets beside its candles: env files and timers, named as the units of `systemd/` expect.
package struct BootstrapInstance: Sendable, Equatable {
    package let series: Series
    package let files: [InstanceFile]
    package let timers: [String]

    /// Days that gap repair reaches back.
    package static let gapRepairDays = 30

    package static let realtimeTimer = "cryptotrader-bitfinex-realtime@"
    package static let gapRepairTimer = "cryptotrader-bitfinex-gap-repair@"

    /// The templates of units that the timers need, as systemd names them.
    package static func templates(gapRepair: Bool) -> [String] {
        [realtimeTimer + ".timer", "cryptotrader-bitfinex-backfill@.service"]
            + (gapRepair ? [gapRepairTimer + ".timer", gapRepairTimer + ".service"] : [])
    }

    package init(_ series: Series, gapRepair: Bool) {
        let names: [InstanceFile.Setting] = [
            .init("CT_SYMBOL", series.symbol.name), .init("CT_TIMEFRAME", series.timeframe.rawValue),
        ]
        self.series = series
        let backfill = InstanceFile(name: "bitfinex-backfill-\(series).env", settings: names)
        let repair = InstanceFile(
            name: "bitfinex-gap-repair-\(series).env",
            settings: names + [.init("CT_LOOKBACK_DAYS", "\(Self.gapRepairDays)")])
        files = gapRepair ? [backfill, repair] : [backfill]
        timers = (gapRepair ? [Self.realtimeTimer, Self.gapRepairTimer] : [Self.realtimeTimer]).map {
            "\($0)\(series).timer"
        }
    }
}

/// A bootstrap that cannot be done as it was asked for.
package enum BootstrapFault: Fault, Equatable {
    /// A name that the exchange does not list.
    package struct Unknown: Sendable, Equatable {
        package let name: String
        package let nearest: String?
    }

    case unknownSymbols([Unknown])
    /// None of the names is left.
    case nothingToDo
    /// The user's own systemd does not answer.
    case noUserManager(reason: String)
    case unitsNotLinked([String])
    case timersRefused(reason: String)
    case fileNotWritten(path: String, reason: String)

    package var code: String {
        switch self {
        case .unknownSymbols, .nothingToDo: "symbol-unknown"
        case .noUserManager: "systemd-unreachable"
        case .unitsNotLinked: "units-not-linked"
        case .timersRefused: "timers-refused"
        case .fileNotWritten: "env-file-not-written"
        }
    }
    package var kind: FaultKind {
        switch self {
        case .unknownSymbols, .nothingToDo: .usage
        case .noUserManager, .unitsNotLinked, .timersRefused: .unavailable
        case .fileNotWritten: .storage
        }
    }
    package var disposition: Disposition { .permanent }
    package var summary: String {
        switch self {
        case .unknownSymbols(let names):
            "bitfinex does not list " + names.map(\.name).joined(separator: ", ")
        case .nothingToDo: "none of the symbols is listed by the exchange"
        case .noUserManager(let reason): "timers are not enabled: the user's systemd cannot be reached (\(reason))"
        case .unitsNotLinked(let units):
            "timers are not enabled: systemd does not know \(units.joined(separator: ", "))"
        case .timersRefused(let reason): "systemd did not enable the timers: \(reason)"
        case .fileNotWritten(let path, let reason): "\(path) cannot be written: \(reason)"
        }
    }
    package var hint: String? {
        switch self {
        case .unknownSymbols(let names):
            names.compactMap(\.nearest).isEmpty
                ? "'ingest symbols' lists all symbols; --ignore-errors leaves out what is not"
                : "did you mean " + names.compactMap(\.nearest).joined(separator: ", ") + "?"
        case .nothingToDo: "'ingest symbols' lists all symbols"
        case .noUserManager:
            "log in as the user itself and run it again, or leave the timers out with --no-timers"
        case .unitsNotLinked:
            "run scripts/install-user-units, then this again; or leave the timers out with --no-timers"
        case .timersRefused: "see 'systemctl --user status', then run it again: it goes on from there"
        case .fileNotWritten: "see that the folder can be written, then run it again"
        }
    }
}
