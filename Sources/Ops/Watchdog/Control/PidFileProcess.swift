import Foundation
import Health
package import Host
import Resilience
import SystemPackage

/// A process that wrote its number into a file.
///
/// A number is believed where its process is the owner's and matches the pattern. Else it must have begun before the file was written,
/// as another process may have got the number since, and root believes no file that somebody else could have written. A process that was believed once is told by its number and its start from then on, since the wall
/// clock may step; while it lives, no second one is started. Each signal goes only to the very process that was looked at. What cannot be
/// decided, such as a file from the future, is unknown, and nothing is done.
package struct PidFileProcess: ServiceControl {
    private let file: String
    private let command: [String]
    private let pattern: String?
    private let owner: ProcessOwner?
    private let known: ProcessIdentity?
    private let processes: ProcessTable

    /// `command`: the program that starts it, and its arguments; `owner`: whose process it must be, where that is said; without, a
    /// pattern means ours; `known`: the process that was believed before.
    package init(
        _ file: String, start command: [String], killing pattern: String? = nil, of owner: ProcessOwner? = nil,
        known: ProcessIdentity? = nil
    ) {
        self.file = file
        self.command = command
        self.pattern = pattern
        self.owner = owner
        self.known = known
        processes = ProcessTable()
    }

    package func status() -> ServiceStatus {
        switch read() {
        case .running(let look): .running(main: look.identity)
        case .none(let reason): livingKnown.map { .running(main: $0) } ?? .stopped(reason)
        case .unreadable(let reason): .unknown(reason)
        }
    }

    /// One that is stopped by SIGSTOP takes the signal once it goes on.
    package func stop() {
        for identity in targets {
            processes.signal(SIGTERM, to: identity)
            processes.signal(SIGCONT, to: identity)
        }
    }

    package func forceKill() {
        for identity in targets { processes.signal(SIGKILL, to: identity) }
        guard let pattern else { return }
        for look in processes.processes(of: owner ?? .own, matching: pattern) {
            processes.signal(SIGKILL, to: look.identity)
        }
    }

    /// In a session of its own, with nothing of ours but the environment.
    package func start() async throws -> String? {
        if let livingKnown { return "process \(livingKnown.pid) still runs" }
        let detached = #"exec setsid --fork "$@" </dev/null >/dev/null 2>&1"#
        let ours = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "JOURNAL_STREAM"]
        do {
            let end = try await Program(
                "/bin/sh", ["-c", detached, "sh"] + command,
                environment: Dictionary(uniqueKeysWithValues: ours.map { ($0, String?.none) }), deadline: .seconds(10)
            ).run()
            return end.succeeded ? nil : "'\(command[0])' ended with \(end.status)"
        } catch let fault as any Fault {
            return fault.summary
        }
    }

    private var livingKnown: ProcessIdentity? { known.flatMap { processes.runs($0) ? $0 : nil } }

    /// What the file names, and what was believed before.
    private var targets: Set<ProcessIdentity> {
        var targets = Set([livingKnown].compactMap(\.self))
        if case .running(let look) = read() { targets.insert(look.identity) }
        return targets
    }

    private enum Reading {
        case running(ProcessLook)
        case none(String)
        case unreadable(String)
    }

    private func read() -> Reading {
        let manager = FileManager.default
        guard manager.fileExists(atPath: file) else { return .none("without the pid file \(file)") }
        guard let data = manager.contents(atPath: file) else { return .unreadable("\(file) cannot be read") }
        // Some programs write more below it, as Postgres does into postmaster.pid.
        let first = String(decoding: data.prefix(100), as: UTF8.self).split(whereSeparator: \.isNewline).first
        guard let pid = Int32(first?.trimmingCharacters(in: .whitespaces) ?? ""), pid > 1 else {
            return .none("without a process: \(file) holds no number")
        }
        guard let look = processes.process(pid) else { return .none("gone (process \(pid))") }
        return reading(of: look)
    }

    /// Seconds by which the file's time and the process's may differ, as the kernel counts them apart.
    private static let slack = 2.0

    private func reading(of look: ProcessLook) -> Reading {
        let pid = look.identity.pid
        let another = Reading.none("gone (\(pid) is another process)")
        let isOwners = (owner ?? .own).owns(pid, root: ProcessTable.root)
        if owner != nil, !isOwners { return another }
        if look.identity == known { return .running(look) }
        if let pattern, let pattern = try? ExtendedPattern(pattern) {
            guard let line = processes.commandLine(of: pid), pattern.matches(line) else { return another }
            // Another one that matches is meant as well: it would be killed before a start.
            if isOwners { return .running(look) }
        }
        guard let age = processes.age(of: look.identity), let status = try? FilePath(file).stat() else {
            return another
        }
        let (now, written) = (Date().timeIntervalSince1970, Double(status.st_mtim.tv_sec))
        if now - Double(age.components.seconds) > written + 1 + Self.slack { return another }
        if written > now + Self.slack { return .unreadable("\(file) is from the future; was the clock set back?") }
        if let objection = objection(to: pid) {
            return .unreadable("\(file) \(objection): whether it means process \(pid), 'user' and 'process' must say")
        }
        return .running(look)
    }

    /// Who else could have named the process, which root would end for them; its own user could end it without us.
    private func objection(to pid: Int32) -> String? {
        geteuid() == 0
            ? FileTrust.objection(to: file, besides: ProcessOwner.user(of: pid, root: ProcessTable.root)) : nil
    }
}
