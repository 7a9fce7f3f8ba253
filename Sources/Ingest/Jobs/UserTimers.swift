import Host

/// The timers of our units, asked of the user's own systemd.
package struct UserTimers: Sendable {
    private let systemctl = Systemctl()

    /// What became of a timer.
    enum Change: String, Encodable {
        case enabled
        /// It was enabled and active before.
        case unchanged
    }

    package init() {}

    /// - Throws: `BootstrapFault.noUserManager` where none answers, `.unitsNotLinked` where it does not know the units.
    func check(_ templates: [String]) async throws {
        let version = try await asked { try await $0.show(["Version"]) }
        guard version.succeeded else { throw BootstrapFault.noUserManager(reason: version.reason) }
        let known = try await asked {
            try await $0.run(["list-unit-files", "--no-legend", "--no-pager"] + templates)
        }.output
        let missing = templates.filter { template in
            !known.split(whereSeparator: \.isNewline).contains { $0.hasPrefix(template + " ") }
        }
        if !missing.isEmpty { throw BootstrapFault.unitsNotLinked(missing) }
    }

    /// Enables and starts a timer unless it is both already.
    ///
    /// - Throws: `BootstrapFault.timersRefused`, `.noUserManager`.
    func enable(_ timer: String) async throws -> Change {
        let state = try await asked { try await $0.show(["ActiveState", "UnitFileState"], of: timer) }
        let properties = Systemctl.properties(in: state.output)
        if properties["ActiveState"] == "active", properties["UnitFileState"] == "enabled" { return .unchanged }
        let answer = try await asked { try await $0.run(["--quiet", "enable", "--now", timer], within: Self.patience) }
        guard answer.succeeded else { throw BootstrapFault.timersRefused(reason: answer.reason) }
        return .enabled
    }

    /// A timer that is overdue starts its job at once.
    private static let patience: Duration = .seconds(60)

    private func asked(_ ask: (Systemctl) async throws -> ProgramEnd) async throws -> ProgramEnd {
        do {
            return try await ask(systemctl)
        } catch ProgramFault.missing {
            throw BootstrapFault.noUserManager(reason: "systemctl cannot be run")
        } catch let fault as ProgramFault {
            throw BootstrapFault.noUserManager(reason: fault.summary)
        }
    }
}

extension ProgramEnd {
    /// Why it failed, as one line.
    fileprivate var reason: String { lastWords.isEmpty ? "exit status \(status)" : lastWords }
}
