import Foundation
import Host
import TestSupport

/// The watchdog's part of a history of two hosts: bots that fall, strangers with similar command lines, pid files that come to name
/// them, a clock that is set, and passes that are killed.
struct WatchedHistory {
    /// One is told by its pid file alone, one by a pattern too, and one by its user.
    private static let services = ["plain", "matched", "owned"]
    private static let rounds = 2

    private let hosts: [OpsHost]
    private var strangers = StrangeProcesses()
    /// How far each host's wall clock is off, in days.
    private var clocks = [0, 0]
    private(set) var told: [String] = []
    /// How many bots were started again.
    private(set) var restarts = 0

    init(_ hosts: [OpsHost]) throws {
        self.hosts = hosts
        for host in hosts {
            try Self.bot.write(toFile: host.folder.path("bot"), atomically: true, encoding: .utf8)
            let services = Self.services.map { Self.entry(of: $0, in: host.folder.path) }.joined(separator: ",\n")
            try "{\"services\": [\n\(services)\n]}".write(
                toFile: host.folder.path("watchdog.json"), atomically: true, encoding: .utf8)
        }
    }

    private static func entry(of service: String, in folder: String) -> String {
        let own =
            switch service {
            case "matched": #", "process": "^bash \#(folder)/bot matched( |$)""#
            case "owned": #", "user": "\#(geteuid())""#
            default: ""
            }
        return #"{"name": "\#(service)", "pid_file": "\#(folder)/\#(service).pid", "max_restarts": 9,"#
            + #" "start": ["bash", "\#(folder)/bot", "\#(service)"]\#(own)}"#
    }

    /// Runs all rounds; tells what was done to anybody else's process.
    mutating func run(_ generator: inout SeededGenerator) async throws -> [String] {
        for host in hosts {
            for service in Self.services { try await start(service, of: host) }
        }
        for _ in 0..<Self.rounds {
            let actor = Int.random(in: 0..<2, using: &generator)
            if Bool.random(using: &generator) { _ = try await pass(actor, killedAfter: nil) }
            for _ in 0..<4 { try await happen(actor, &generator) }
            let kill =
                Int.random(in: 0..<3, using: &generator) == 0 ? Double.random(in: 0.1...6, using: &generator) : nil
            let changes = try await pass(actor, killedAfter: kill)
            if changes != [] { return changes }
        }
        return []
    }

    /// Ends every process of this history.
    func end() {
        strangers.end()
        for host in hosts {
            for bot in bots(of: host) { kill(bot.pid, SIGKILL) }
        }
    }

    private mutating func pass(_ actor: Int, killedAfter seconds: Double?) async throws -> [String] {
        var command = hosts[actor].ops("watchdog", "check")
        command.environment["LOG_DIR"] = hosts[actor].folder.path("logs")
        command.environment["WATCHDOG_CONFIG"] = hosts[actor].folder.path("watchdog.json")
        // The files keep the times that they have.
        command.environment["NO_FAKE_STAT"] = "1"
        FakeClock.set(by: clocks[actor], &command)
        let others = bots(of: hosts[1 - actor])
        let outcome = try await (seconds.map { command.killed(after: $0) } ?? command).run()
        told.append("host \(actor): a pass, killed after \(seconds.map { "\($0) s" } ?? "no time"): \(outcome.status)")
        told += outcome.out.split(separator: "\n").map { "    \($0)" }
        restarts += outcome.out.components(separatedBy: " was restarted, and is").count - 1
        guard outcome.status < 2 || outcome.wasKilled || seconds != nil else { return ["\(outcome)"] }
        let left = Set(bots(of: hosts[1 - actor]).map(\.pid))
        return strangers.changes
            + others.filter { !left.contains($0.pid) }.map { "the other host's '\($0.commandLine)' was ended" }
    }

    private mutating func happen(_ actor: Int, _ generator: inout SeededGenerator) async throws {
        let host = hosts[actor]
        let service = Self.services.randomElement(using: &generator) ?? "plain"
        switch Int.random(in: 0..<5, using: &generator) {
        case 0, 1:
            let signal = Bool.random(using: &generator) ? SIGKILL : SIGSTOP
            for bot in bots(of: host) where bot.commandLine.hasSuffix(" \(service)") { kill(bot.pid, signal) }
            told.append("host \(actor): the bots '\(service)' got signal \(signal)")
        case 2:
            clocks[actor] = [-400, -1, 0, 40, 3000].randomElement(using: &generator) ?? 0
            told.append("host \(actor): the clock is off by \(clocks[actor]) days")
        default: try await addStranger(service, actor, &generator)
        }
    }

    /// A process of others, whose number comes into the service's pid file, where nothing but our proofs tells it from the bot.
    private mutating func addStranger(
        _ service: String, _ actor: Int, _ generator: inout SeededGenerator
    ) async throws {
        let (file, line) = (hosts[actor].folder.path(service) + ".pid", "\(hosts[actor].folder.path)/bot \(service)")
        let isNobody = geteuid() == 0 && Bool.random(using: &generator)
        let lines = [
            "vi \(line)", "/bin/bash \(line)", "bash \(line)2", "bash \(line)-", "less\nbash \(line)", "bash my\(line)",
            "(bash) bash \(line)",
        ]
        let own = lines.randomElement(using: &generator) ?? lines[0]
        let words = isNobody && Bool.random(using: &generator) ? "bash \(line)" : own
        let pids = try await strangers.add(words, of: isNobody ? .nobody : .own)
        told.append("host \(actor): \(pids), a stranger's '\(words)', nobody's: \(isNobody)")
        guard let pid = pids.randomElement(using: &generator), Int.random(in: 0..<4, using: &generator) > 0 else {
            return
        }
        try "\(pid)\n".write(toFile: file, atomically: true, encoding: .utf8)
        let attributes =
            Self.doubts(
                isRefused: service == "owned" && isNobody || service == "matched" && words == own
            ).randomElement(using: &generator) ?? [:]
        try FileManager.default.setAttributes(attributes, ofItemAtPath: file)
        told.append("host \(actor): \(service).pid names \(pid), \(attributes)")
    }

    /// What keeps a pid file from proving anything; `isRefused`: whether its process cannot be meant anyway.
    private static func doubts(isRefused: Bool) -> [[FileAttributeKey: Any]] {
        let times: [[FileAttributeKey: Any]] = [-3600, 3600].map {
            [.modificationDate: Date(timeIntervalSinceNow: $0)]
        }
        // Only root asks who could have written it, and only root can give a file away.
        let writers: [[FileAttributeKey: Any]] = [[.ownerAccountID: 65_533], [.posixPermissions: 0o646]]
        return times + (geteuid() == 0 ? writers : []) + (isRefused ? [[:]] : [])
    }

    private func bots(of host: OpsHost) -> [RunningProcess] {
        RunningProcess.all().filter { $0.commandLine.hasPrefix("bash \(host.folder.path)/bot ") && !isStranger($0) }
    }

    private func isStranger(_ process: RunningProcess) -> Bool { strangers.pids.contains(process.pid) }

    private func start(_ service: String, of host: OpsHost) async throws {
        _ = try await Command(
            program: URL(filePath: "/usr/bin/env"),
            arguments: ["setsid", "--fork", "bash", host.folder.path("bot"), service], environment: host.environment
        ).run()
        while !FileManager.default.fileExists(atPath: host.folder.path("\(service).pid")) { await Task.yield() }
    }

    /// Lives for some minutes at most.
    private static let bot = """
        exec </dev/null >/dev/null 2>&1
        cd "$(dirname "$0")" || exit
        echo $$ >"$1.pid"
        for round in $(seq 900); do sleep 1; done
        """
}
