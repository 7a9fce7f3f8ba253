import Foundation
package import Host
import Resilience

/// A unit of systemd, asked by `systemctl`.
package struct SystemdUnit: ServiceControl {
    private let unit: String
    private let systemctl: Systemctl
    private let pattern: String?
    private let owner: ProcessOwner?
    private let processes: ProcessTable

    /// `pattern`: command lines of what is killed with the unit's own processes, among those of `owner`, else of the unit's user.
    package init(_ unit: String, isOfUser: Bool, killing pattern: String? = nil, of owner: ProcessOwner? = nil) {
        self.unit = unit
        systemctl = Systemctl(isOfUser: isOfUser)
        self.pattern = pattern
        self.owner = owner
        processes = ProcessTable()
    }

    package func status() async throws -> ServiceStatus {
        let answer: ProgramEnd
        do {
            answer = try await systemctl.show(["LoadState", "ActiveState", "SubState", "MainPID"], of: unit)
        } catch let fault as any Fault {
            return .unknown(fault.summary)
        }
        guard answer.succeeded else { return .unknown(answer.lastWords) }
        return Self.status(Systemctl.properties(in: answer.output)) { processes.process($0)?.identity }
    }

    package func automaticRestarts() async throws -> Int? {
        do {
            let answer = try await systemctl.show(["NRestarts"], of: unit)
            return Systemctl.properties(in: answer.output)["NRestarts"].flatMap { Int($0) }
        } catch is any Fault {
            return nil
        }
    }

    /// Whether it is to be started at boot or at login.
    package func isEnabled() async throws -> Bool {
        do {
            return try await systemctl.run(["is-enabled", "--quiet", unit]).succeeded
        } catch is any Fault {
            return false
        }
    }

    package func stop() async throws { try await ask("stop", "--no-block", unit) }

    /// Kills the whole control group.
    ///
    /// A unit that is gone, or has no processes, is what is wanted.
    package func forceKill() async throws {
        try await ask("kill", "--signal=KILL", unit)
        guard let pattern else { return }
        let owner = if let owner { owner } else { try await unitsOwner() }
        for look in processes.processes(of: owner, matching: pattern) { processes.signal(SIGKILL, to: look.identity) }
    }

    /// A user's manager runs units as that user alone; one of the machine runs them as `User=` says, else as root.
    ///
    /// Where systemd does not say, nobody else's processes are meant.
    private func unitsOwner() async throws -> ProcessOwner {
        if systemctl.isOfUser { return .own }
        do {
            let answer = try await systemctl.show(["User"], of: unit)
            let user = Systemctl.properties(in: answer.output)["User"] ?? ""
            return user.isEmpty ? .own : .named(user)
        } catch is any Fault {
            return .own
        }
    }

    /// The unit's own limit of starts does not count: the watchdog has one.
    package func start() async throws -> String? {
        try await ask("reset-failed", unit)
        do {
            let answer = try await systemctl.run(["start", "--no-block", unit])
            return answer.succeeded ? nil : answer.lastWords
        } catch let fault as any Fault {
            return fault.summary
        }
    }

    /// What `systemctl show` says, as a status.
    static func status(
        _ properties: [String: String], identity: (Int32) -> ProcessIdentity?
    ) -> ServiceStatus {
        let state = properties["ActiveState"] ?? ""
        switch (properties["LoadState"] ?? "", state) {
        case (_, "active"), (_, "reloading"), (_, "refreshing"):
            return .running(main: properties["MainPID"].flatMap { Int32($0) }.flatMap(identity))
        case (_, "activating"), (_, "deactivating"), (_, "maintenance"):
            return .changing("\(state) (\(properties["SubState"] ?? "?"))")
        case ("not-found", _): return .stopped("not installed")
        case ("masked", _): return .stopped("masked")
        case (_, "inactive"), (_, "failed"): return .stopped(state)
        default: return .unknown("systemctl says '\(state)'")
        }
    }

    /// For what may fail: what matters is the state afterwards.
    private func ask(_ arguments: String...) async throws {
        do {
            _ = try await systemctl.run(arguments)
        } catch is any Fault {
            return
        }
    }
}
