import BitfinexReplay
import Candles
import Foundation
import TestSupport
import Testing

extension IngestCommandSuite {
    /// Backfills, env files and timers of several symbols; the real systemd is met in Tests/Systemd.
    @Suite("Bootstrap", .timeLimit(.minutes(5))) struct BootstrapTests {
        /// A `systemctl` that answers as a script says, and records what it was asked.
        struct FakeSystemctl {
            let folder: ScratchFolder

            init(_ script: String) throws {
                folder = try ScratchFolder()
                let file = folder.path("systemctl")
                try "#!/bin/sh\necho \"$@\" >> \"\(folder.path("calls"))\"\n\(script)\n".write(
                    toFile: file, atomically: true, encoding: .utf8)
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file)
            }

            /// A systemd that knows our units and has enabled nothing yet.
            static let obedient = """
                case "$*" in *list-unit-files*)
                  for u in realtime@.timer backfill@.service gap-repair@.timer gap-repair@.service; do
                    echo "cryptotrader-bitfinex-$u linked enabled"
                  done ;; esac
                """

            func calls() throws -> [String] {
                try String(contentsOfFile: folder.path("calls"), encoding: .utf8)
                    .split(separator: "\n").map(String.init)
            }

            func place(_ place: Workplace) -> Workplace {
                var place = place
                place.environment["PATH"] = folder.path + ":" + (place.environment["PATH"] ?? "")
                return place
            }
        }

        /// Two symbols that have traded for two days.
        private func market() -> ReplayMarket {
            let now = Timeframe.minute1.floor(UnixMilliseconds(Date().timeIntervalSince1970 * 1000))
            let day = Timeframe.day1.milliseconds
            return ReplayMarket(
                RandomWalk(
                    .init(
                        symbols: ["BTCUSD", "ETHUSD"].compactMap { try? Symbol($0) },
                        range: TimeRange(now - 2 * day, now + day), seed: 3, quiet: 0.1)))
        }

        private static let command = ["bootstrap", "--symbols", "BTCUSD,ETHUSD", "--lookback-days", "1"]

        private func bootstrap(_ place: Workplace, _ more: String...) async throws -> Command.Outcome {
            try await Command.ingest(Self.command + more, place.environment).run()
        }

        private func file(_ place: Workplace, _ name: String) -> String {
            place.folder.path(".config/cryptotrader/" + name)
        }

        private func text(_ place: Workplace, _ name: String) -> String? {
            try? String(contentsOfFile: file(place, name), encoding: .utf8)
        }

        @Test func `fills each symbol, writes its files and enables its timers`() async throws {
            try await Exchange.run(market()) { exchange in
                let systemctl = try FakeSystemctl(FakeSystemctl.obedient)
                let place = systemctl.place(try Workplace(exchange: exchange.url))
                let outcome = try await bootstrap(place, "--enable-gap-repair")
                #expect(outcome.status == 0, "\(outcome.err)")
                for series in ["BTCUSD-1m", "ETHUSD-1m"] { #expect(try await place.kept(series).rows.count > 1000) }
                #expect(text(place, "bitfinex-backfill-BTCUSD-1m.env") == "CT_SYMBOL=BTCUSD\nCT_TIMEFRAME=1m\n")
                #expect(text(place, "bitfinex-gap-repair-ETHUSD-1m.env")?.hasSuffix("CT_LOOKBACK_DAYS=30\n") == true)
                let enabled = try systemctl.calls().filter { $0.contains(" enable ") }
                #expect(
                    enabled == [
                        "--user --no-ask-password --quiet enable --now cryptotrader-bitfinex-realtime@BTCUSD-1m.timer",
                        "--user --no-ask-password --quiet enable --now cryptotrader-bitfinex-gap-repair@BTCUSD-1m.timer",
                        "--user --no-ask-password --quiet enable --now cryptotrader-bitfinex-realtime@ETHUSD-1m.timer",
                        "--user --no-ask-password --quiet enable --now cryptotrader-bitfinex-gap-repair@ETHUSD-1m.timer",
                    ])
            }
        }

        @Test func `a second run leaves files as they are, also a person's own`() async throws {
            try await Exchange.run(market()) { exchange in
                let place = try Workplace(exchange: exchange.url)
                #expect(try await bootstrap(place, "--no-timers").status == 0)
                let mine = "CT_SYMBOL=ETHUSD\nCT_TIMEFRAME=1m\nBITFINEX_REQUESTS_PER_MINUTE=0\n"
                try mine.write(
                    toFile: file(place, "bitfinex-backfill-ETHUSD-1m.env"), atomically: true, encoding: .utf8)
                let outcome = try await bootstrap(place, "--no-timers", "--json")
                #expect(outcome.status == 0, "\(outcome.err)")
                #expect(outcome.number("exit_code") == 0)
                #expect(outcome.out.contains("\"unchanged\"") && outcome.out.contains("\"kept\""), "\(outcome.out)")
                #expect(text(place, "bitfinex-backfill-ETHUSD-1m.env") == mine)
            }
        }

        @Test func `a file that names another series is reported, and stays`() async throws {
            try await Exchange.run(market()) { exchange in
                let systemctl = try FakeSystemctl(FakeSystemctl.obedient)
                let place = systemctl.place(try Workplace(exchange: exchange.url))
                try FileManager.default.createDirectory(
                    atPath: place.folder.path(".config/cryptotrader"), withIntermediateDirectories: true)
                try "CT_SYMBOL=LTCUSD\n".write(
                    toFile: file(place, "bitfinex-backfill-BTCUSD-1m.env"), atomically: true, encoding: .utf8)
                let outcome = try await bootstrap(place)
                #expect(outcome.status == 78, "\(outcome.err)")
                #expect(outcome.err.contains("says CT_SYMBOL=LTCUSD, which is another series"), "\(outcome.err)")
                #expect(text(place, "bitfinex-backfill-BTCUSD-1m.env") == "CT_SYMBOL=LTCUSD\n")
                let enabled = try systemctl.calls().filter { $0.contains(" enable ") }
                #expect(
                    enabled == [
                        "--user --no-ask-password --quiet enable --now cryptotrader-bitfinex-realtime@ETHUSD-1m.timer"
                    ])
            }
        }

        @Test func `an unknown symbol is refused before anything is done, or left out`() async throws {
            try await Exchange.run(market()) { exchange in
                let place = try Workplace(exchange: exchange.url)
                let command = ["bootstrap", "--symbols", "BTCUSX,ETHUSD", "--lookback-days", "1", "--no-timers"]
                let refused = try await Command.ingest(command, place.environment).run()
                #expect(refused.status == 64)
                #expect(refused.err.contains("did you mean BTCUSD?"), "\(refused.err)")
                #expect(text(place, "bitfinex-backfill-ETHUSD-1m.env") == nil)
                #expect(exchange.statistics.candleRequests == 0)
                let ignored = try await Command.ingest(command + ["--ignore-errors"], place.environment).run()
                #expect(ignored.status == 10)
                #expect(ignored.err.contains("warning: BTCUSX is left out"), "\(ignored.err)")
                #expect(text(place, "bitfinex-backfill-ETHUSD-1m.env") != nil)
            }
        }

        @Test func `a dry run says what it would cost, and does nothing`() async throws {
            try await Exchange.run(market()) { exchange in
                let systemctl = try FakeSystemctl(FakeSystemctl.obedient)
                let place = systemctl.place(try Workplace(exchange: exchange.url))
                let outcome = try await bootstrap(place, "--dry-run", "--enable-gap-repair")
                #expect(outcome.status == 0, "\(outcome.err)")
                #expect(outcome.out.contains("ETHUSD-1m from") && outcome.out.contains("requests"), "\(outcome.out)")
                #expect(outcome.out.contains("bitfinex-gap-repair-ETHUSD-1m.env: would be written"), "\(outcome.out)")
                #expect(outcome.out.contains("realtime@BTCUSD-1m.timer: would be enabled"), "\(outcome.out)")
                #expect(text(place, "bitfinex-backfill-ETHUSD-1m.env") == nil)
                #expect(try await place.kept("ETHUSD-1m").rows.isEmpty)
                #expect(throws: (any Error).self) { try systemctl.calls() }
            }
        }

        struct Trouble: Sendable, CustomTestStringConvertible {
            let script: String
            let says: String
            var testDescription: String { says }
        }

        @Test(arguments: [
            Trouble(
                script: "echo 'Failed to connect to bus: No medium found' >&2; exit 1",
                says: "No medium found) [systemd-unreachable]"),
            Trouble(script: "exit 0", says: "cryptotrader-bitfinex-backfill@.service [units-not-linked]"),
            Trouble(
                script: FakeSystemctl.obedient + "\ncase \"$*\" in *enable*) echo 'Access denied' >&2; exit 1;; esac",
                says: "Access denied [timers-refused]"),
        ])
        func `where timers cannot be enabled, the rest is done and the way out is named`(trouble: Trouble) async throws
        {
            try await Exchange.run(market()) { exchange in
                let systemctl = try FakeSystemctl(trouble.script)
                let place = systemctl.place(try Workplace(exchange: exchange.url))
                let outcome = try await bootstrap(place, "--ignore-errors")
                #expect(outcome.status == 69, "\(outcome.err)")
                #expect(outcome.err.contains(trouble.says), "\(outcome.err)")
                #expect(outcome.err.contains("Try:"), "\(outcome.err)")
                #expect(try await place.kept("ETHUSD-1m").rows.count > 1000)
                #expect(text(place, "bitfinex-backfill-ETHUSD-1m.env") != nil)
            }
        }

        @Test func `an exchange that answers nothing ends the run`() async throws {
            let place = try Workplace(exchange: "http://127.0.0.1:9")
            let outcome = try await bootstrap(place, "--no-timers", "--json")
            #expect(outcome.status == 69, "\(outcome.err)")
            #expect(outcome.out.contains("\"error\""))
        }
    }
}
