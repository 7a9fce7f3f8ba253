import Backup
import Foundation
import TestSupport
import Testing

extension OpsCommandSuite {
    /// SIGKILL at any moment: there is always a complete good backup and a working database, and the next run cleans up.
    @Suite("Killed runs", .timeLimit(.minutes(10))) struct KillTests {
        private static let kills = Effort.rounds(50, long: 500)

        /// How long the command takes when nobody kills it.
        private func duration(of command: Command) async throws -> Double {
            let started = ContinuousClock.now
            let outcome = try await command.run()
            try #require(outcome.status == 0, "\(outcome.err)")
            return (ContinuousClock.now - started) / .seconds(1)
        }

        @Test(arguments: Engine.allCases)
        func `a killed backup leaves the good ones, and is never taken for one`(engine: Engine) async throws {
            let host = try await OpsHost(engine, candles: 30_000)
            let whole = try await duration(of: host.ops("backup"))
            let seed = UInt64.random(in: 0...UInt64.max)
            var generator = SeededGenerator(seed: seed)
            var killed = 0
            for round in 0..<Self.kills {
                let before = try host.backups.backups().filter(\.isGood)
                #expect(!before.isEmpty)
                let moment = Double.random(in: 0.01...whole, using: &generator)
                let outcome = try await host.ops("backup", "--type", engine.rawValue).killed(after: moment).run()
                if outcome.wasKilled { killed += 1 }
                let after = try host.backups.backups()
                for backup in after.suffix(1) where backup.known != nil {
                    let path = host.backups.url.appending(path: backup.name.file).path
                    let manifest = try #require(backup.known)
                    #expect(try FastVerification.run(path, manifest, now: { 0 }).passed, "round \(round), seed \(seed)")
                }
                #expect(Set(before.map(\.name)).isSubset(of: after.filter(\.isGood).map(\.name)) || !outcome.wasKilled)
            }
            #expect(killed > Self.kills / 4, "only \(killed) of \(Self.kills) kills struck, seed \(seed)")
            let next = try await host.ops("backup").run()
            #expect(next.status == 0, "\(next.err)")
            #expect(try host.files().filter { $0.hasPrefix(".partial") } == [])
            #expect(try host.backups.backups().allSatisfy(\.isGood))
        }

        @Test(arguments: Engine.allCases)
        func `a killed restore leaves the old rows or the new ones, and nothing between`(engine: Engine) async throws {
            let host = try await OpsHost(engine, candles: 20_000)
            let made = try await host.ops("backup", "--type", engine.rawValue, "--json").run()
            #expect(made.status == 0, "\(made.err)")
            let file = try #require(try host.backups.backups().last?.name.file)
            let backedUp = try await host.fingerprint()
            try await host.fill(10_000, from: 20_000)
            let grown = try await host.fingerprint()
            let whole = try await duration(of: host.restore("--file", file))
            #expect(try await host.fingerprint() == backedUp)
            let seed = UInt64.random(in: 0...UInt64.max)
            var generator = SeededGenerator(seed: seed)
            var killed = 0
            for round in 0..<Self.kills {
                if try await host.fingerprint() == backedUp { try await host.fill(10_000, from: 20_000) }
                let moment = Double.random(in: 0.01...whole, using: &generator)
                let outcome = try await host.restore("--file", file).killed(after: moment).run()
                if outcome.wasKilled { killed += 1 } else { #expect(outcome.status == 0, "\(outcome.err)") }
                let now = try await host.fingerprint()
                #expect(now == backedUp || (now == grown && outcome.wasKilled), "round \(round), seed \(seed)")
            }
            #expect(killed > Self.kills / 4, "only \(killed) of \(Self.kills) kills struck, seed \(seed)")
            let next = try await host.restore("--file", file).run()
            #expect(next.status == 0, "\(next.err)")
            #expect(try await host.fingerprint() == backedUp)
            #expect(try host.files().filter { $0.hasPrefix(".partial") } == [])
            let beside = try FileManager.default.contentsOfDirectory(atPath: host.folder.path)
            #expect(beside.filter { $0.contains(".restore-") } == [])
            #expect(try await host.scratchDatabases() == [])
        }
    }
}
