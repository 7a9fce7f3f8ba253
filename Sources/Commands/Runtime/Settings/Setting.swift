/// The declaration of one setting: its default, range and help, and whether it is a secret.
///
/// What reads settings, `.env.example`, and the list of names that may be set all follow from the declarations.
struct Setting: Sendable {
    let name: String
    /// What it is, in whole sentences.
    let help: String
    /// The value where nothing is set; nil where there is none.
    let standard: String?
    /// In words, what holds where nothing is set; follows the default where there is one.
    let otherwise: String
    /// Of a number, both ends included.
    let range: ClosedRange<Double>?
    /// Of a number.
    let unit: String?
    /// No program of others gets a secret, and nothing shows one; it may come from a file.
    let isSecret: Bool
    /// The value in `.env.example`, which is a comment there.
    let example: String

    init(
        _ name: String, _ help: String, default standard: String? = nil, otherwise: String? = nil,
        in range: ClosedRange<Double>? = nil, unit: String? = nil, isSecret: Bool = false, example: String? = nil
    ) {
        self.name = name
        self.help = help
        self.standard = standard
        self.otherwise = otherwise ?? (standard == nil ? "not set" : "")
        self.range = range
        self.unit = unit
        self.isSecret = isSecret
        self.example = example ?? standard ?? ""
    }

    /// Of settings that are declared.
    static func named(_ name: String) -> Setting {
        guard let setting = byName[name] else { preconditionFailure("the setting \(name) is not declared") }
        return setting
    }

    private static let byName = Dictionary(
        uniqueKeysWithValues: SettingPart.allCases.flatMap(\.settings).map { ($0.name, $0) })
}

/// Settings that are read together: what reads one part does not see the others.
package enum SettingPart: Sendable, CaseIterable {
    case databases, state, series, exchange, certificates, budget, backups, backupPing, alerts, installation, health
    case hostNames, watchdog, logs, breakers, tasks, dashboard

    /// Of downloads and of what shows candles: no token and no address of a person.
    package static let ingest: Set<SettingPart> = [
        .databases, .state, .series, .exchange, .certificates, .budget, .backups, .logs, .breakers,
    ]
    /// Of backups and restores.
    package static let backup: Set<SettingPart> = [
        .databases, .state, .exchange, .certificates, .backups, .backupPing, .logs, .breakers,
    ]
    /// Of what reads and changes the journal alone.
    package static let journal: Set<SettingPart> = [.state, .logs, .breakers]
    /// Of the dashboard.
    static let dashboardParts: Set<SettingPart> = [.databases, .state, .installation, .hostNames, .logs, .dashboard]
    /// Of what watches over all the others.
    package static let operations = Set(allCases).subtracting([.dashboard])

    var settings: [Setting] {
        switch self {
        case .databases: Setting.databases
        case .state: Setting.state
        case .series: Setting.series
        case .exchange: Setting.exchange
        case .certificates: Setting.certificates
        case .budget: Setting.budget
        case .backups: Setting.backups
        case .backupPing: Setting.backupPing
        case .alerts: Setting.alerts
        case .installation: Setting.installation
        case .health: Setting.health
        case .hostNames: Setting.hostNames
        case .watchdog: Setting.watchdog
        case .logs: Setting.logs
        case .breakers: Setting.breakers
        case .tasks: Setting.tasks
        case .dashboard: Setting.dashboard
        }
    }

    /// The part of a setting, or of the file that holds its secret; nil for names that are none of ours.
    static func of(_ name: String) -> SettingPart? {
        byName[name] ?? (name.hasSuffix("_FILE") ? byName[String(name.dropLast(5))] : nil)
    }

    private static let byName = Dictionary(
        uniqueKeysWithValues: allCases.flatMap { part in part.settings.map { ($0.name, part) } })
}
