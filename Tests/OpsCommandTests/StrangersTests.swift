import Backup
import Foundation
import Postgres
import Storage
import TestSupport
import Testing

extension OpsCommandSuite {
    /// Two hosts, one folder of backups, a clock that is set, kills, and things of others between ours.
    @Suite("Strangers", .timeLimit(.minutes(30))) struct StrangersTests {
        private static let histories = Effort.rounds(10, long: 150)
        private static let steps = 8
        /// In so many histories a watchdog is at work, too.
        private static let watched = Effort.rounds(5, long: 50)

        @Test(arguments: Engine.allCases)
        func `no file, database or process of anybody else is changed, whatever happens beside it`(
            engine: Engine
        ) async throws {
            let seed = UInt64.random(in: 0...UInt64.max)
            var generator = SeededGenerator(seed: seed)
            try await withThrowingTaskGroup(of: Int.self) { watchdogs in
                for history in 0..<Self.histories {
                    var story = try await History(engine)
                    if history < Self.watched {
                        // It waits for most of its time, beside the histories that follow.
                        let (hosts, other) = (story.hosts, UInt64.random(in: 0...UInt64.max, using: &generator))
                        watchdogs.addTask { try await Self.watch(hosts, "seed \(seed), history \(history)", other) }
                    }
                    for step in 0..<Self.steps {
                        try await story.takeStep(&generator)
                        let changes = try await story.changes()
                        try #require(
                            changes == [],
                            "seed \(seed), history \(history), step \(step):\n\(story.told.joined(separator: "\n"))")
                    }
                }
                var restarts = 0
                for try await count in watchdogs { restarts += count }
                print("\(restarts) restarts by watchdogs")
                // A few histories may draw no fall of a bot.
                #expect(restarts > 0 || !Effort.isLong, "seed \(seed): the watchdogs did nothing")
            }
        }

        /// Tells how many bots were started again.
        private static func watch(_ hosts: [OpsHost], _ name: String, _ seed: UInt64) async throws -> Int {
            var generator = SeededGenerator(seed: seed)
            var story = try WatchedHistory(hosts)
            defer { story.end() }
            let changes = try await story.run(&generator)
            try #require(changes == [], "\(name), watchdog:\n\(story.told.joined(separator: "\n"))")
            return story.restarts
        }
    }
}

/// One run of events; what each host made is known by who was at work when it appeared.
private struct History {
    let hosts: [OpsHost]
    private var strangers = Strangers()
    /// Files in the shared folder of backups, by the host that made them.
    private var makers: [String: Int] = [:]
    /// What each host's database held after its own last step.
    private var contents: [String?] = [nil, nil]
    /// How far each host's wall clock is off, in days.
    private var clocks = [0, 0]
    private(set) var told: [String] = []
    private var problems: [String] = []

    /// The second host has its own state and its own database, and shares the folder of backups with the first.
    init(_ engine: Engine) async throws {
        let first = try await OpsHost(engine, candles: 40)
        var second = try await OpsHost(engine, candles: 30)
        second.environment["BACKUP_DIR"] = first.environment["BACKUP_DIR"]
        hosts = [first, second]
        try FileManager.default.createDirectory(atPath: shared, withIntermediateDirectories: true)
    }

    private var shared: String { hosts[0].backups.path }

    mutating func takeStep(_ generator: inout SeededGenerator) async throws {
        let actor = Int.random(in: 0..<2, using: &generator)
        let host = hosts[actor]
        contents[1 - actor] = try await hosts[1 - actor].fingerprint()
        switch Int.random(in: 0..<10, using: &generator) {
        case 0, 1: try await run(actor, host.ops("backup", "--accept-fewer-rows"), &generator)
        case 2: try await run(actor, host.restore(), &generator)
        case 3: try await run(actor, host.restore("--undo"), &generator)
        case 4: try await run(actor, host.ops("logs", "rotate", "--force"), &generator)
        case 5: try await run(actor, host.ops("verify", "--all"), &generator)
        case 6:
            clocks[actor] = [-400, -1, 0, 40, 3000].randomElement(using: &generator) ?? 0
            told.append("host \(actor): the clock is off by \(clocks[actor]) days")
        default:
            let folders = [
                shared, host.folder.path, host.folder.path("logs"), host.folder.path("state"),
                host.folder.path("state/locks"),
            ]
            try strangers.addFile(in: folders.randomElement(using: &generator) ?? shared, &generator)
            if case .postgres(let settings) = host.location {
                try await strangers.addDatabase(beside: settings, &generator)
            }
            told.append("strangers: \(strangers.files.count) files, \(strangers.databases.count) databases")
        }
    }

    private mutating func run(_ actor: Int, _ command: Command, _ generator: inout SeededGenerator) async throws {
        var command = command
        FakeClock.set(by: clocks[actor], &command)
        command.environment["LOG_DIR"] = hosts[actor].folder.path("logs")
        let kill = Bool.random(using: &generator) ? Double.random(in: 0.01...0.6, using: &generator) : nil
        let before = Set(try hosts[0].files())
        let outcome = try await (kill.map { command.killed(after: $0) } ?? command).run()
        told.append(
            "host \(actor): \(command.arguments.joined(separator: " ")), killed \(kill != nil): \(outcome.status)")
        let after = Set(try hosts[0].files())
        for name in after.subtracting(before) { makers[name] = actor }
        for name in before.subtracting(after) where makers[name] == 1 - actor {
            problems.append("\(name) of the other host is gone")
        }
    }

    /// Everything that was changed and was not the acting host's own.
    func changes() async throws -> [String] {
        var settings: PostgresSettings?
        if case .postgres(let own) = hosts[0].location { settings = own }
        var changes = try await strangers.changes(beside: settings) + problems
        for (index, host) in hosts.enumerated() {
            guard let content = contents[index] else { continue }
            if try await host.fingerprint() != content { changes.append("the database of host \(index) changed") }
        }
        return changes
    }
}

/// A library that sets a program's wall clock and leaves its monotonic one; without it no clock jumps here.
enum FakeClock {
    private static let library = [
        "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1", "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
    ].first { FileManager.default.fileExists(atPath: $0) }

    static func set(by days: Int, _ command: inout Command) {
        guard let library, days != 0 else { return }
        command.environment["LD_PRELOAD"] = library
        command.environment["FAKETIME"] = "\(days)d"
        command.environment["FAKETIME_DONT_FAKE_MONOTONIC"] = "1"
    }
}
