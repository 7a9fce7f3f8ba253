import Foundation
import Resilience

/// A unit of systemd, asked by `systemctl`.
package struct SystemdUnit: ServiceControl {
    private let unit: String
    private let isOfUser: Bool
    private let pattern: String?
    private let owner: ProcessOwner?
    private let processes: ProcessTable

    /// `pattern`: command lines of what is killed with the unit's own processes, among those of `owner`, else of the unit's user.
    package init(_ unit: String, isOfUser: Bool, killing pattern: String? = nil, of owner: ProcessOwner? = nil) {
        self.unit = unit
        self.isOfUser = isOfUser
        self.pattern = pattern
        self.owner = owner
        processes = ProcessTable()
    }

    package func status() async throws -> ServiceStatus {
        let answer: ProgramEnd
        do {
            answer = try await systemctl("show", "--property=LoadState,ActiveState,SubState,MainPID", unit)
        } catch let fault as any Fault {
            return .unknown(fault.summary)
        }
        guard answer.succeeded else { return .unknown(answer.lastWords) }
        return Self.status(Self.properties(in: answer.output)) { processes.process($0)?.identity }
    }

    package func automaticRestarts() async throws -> Int? {
        do {
            let answer = try await systemctl("show", "--property=NRestarts", unit)
            return Self.properties(in: answer.output)["NRestarts"].flatMap { Int($0) }
        } catch is any Fault {
            return nil
        }
    }

    /// Whether it is to be started at boot or at login.
    package func isEnabled() async throws -> Bool {
        do {
            return try await systemctl("is-enabled", "--quiet", unit).succeeded
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
        for look in processes.processes(matching: pattern, of: owner) { processes.signal(SIGKILL, to: look.identity) }
    }

    /// A user's manager runs units as that user alone; one of the machine runs them as `User=` says, else as root.
    ///
    /// Where systemd does not say, nobody else's processes are meant.
    private func unitsOwner() async throws -> ProcessOwner {
        if isOfUser { return .own }
        do {
            let answer = try await systemctl("show", "--property=User", unit)
            let user = Self.properties(in: answer.output)["User"] ?? ""
            return user.isEmpty ? .own : .named(user)
        } catch is any Fault {
            return .own
        }
    }

    /// The unit's own limit of starts does not count: the watchdog has one.
    package func start() async throws -> String? {
        try await ask("reset-failed", unit)
        do {
            let answer = try await systemctl("start", "--no-block", unit)
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

    static func properties(in text: String) -> [String: String] {
        let pairs = text.split(whereSeparator: \.isNewline).map { $0.split(separator: "=", maxSplits: 1) }
        return Dictionary(pairs.filter { $0.count == 2 }.map { (String($0[0]), String($0[1])) }) { first, _ in first }
    }

    /// For what may fail: what matters is the state afterwards.
    private func ask(_ arguments: String...) async throws {
        do {
            _ = try await systemctl(arguments)
        } catch is any Fault {
            return
        }
    }

    private func systemctl(_ arguments: String...) async throws -> ProgramEnd { try await systemctl(arguments) }

    private func systemctl(_ arguments: [String]) async throws -> ProgramEnd {
        try await Program(
            "systemctl", (isOfUser ? ["--user"] : []) + ["--no-ask-password"] + arguments, environment: environment,
            deadline: .seconds(10)
        ).run()
    }

    /// A job of cron has no address of the user's systemd.
    private var environment: [String: String?] {
        guard isOfUser, ProcessInfo.processInfo.environment["XDG_RUNTIME_DIR"] == nil else { return [:] }
        return ["XDG_RUNTIME_DIR": "/run/user/\(getuid())"]
    }
}
