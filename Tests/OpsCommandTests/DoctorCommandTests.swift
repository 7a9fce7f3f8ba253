import Foundation
import TestSupport
import Testing

extension OpsCommandSuite {
    /// What `ops doctor` finds on a host that is odd in one way.
    @Suite("Doctor", .timeLimit(.minutes(2))) struct DoctorCommandTests {
        /// As a header has it.
        private static func date(_ date: Date) -> String {
            let format = DateFormatter()
            format.locale = Locale(identifier: "en_US_POSIX")
            format.timeZone = TimeZone(identifier: "UTC")
            format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
            return format.string(from: date)
        }

        @Test(arguments: [
            (300.0, "s behind 127.0.0.1's", 0), (-300.0, "s ahead of 127.0.0.1's", 1),
            (0.0, "it was as 127.0.0.1's", 0),
        ]) func `a clock that differs from the exchange's is told, from what the last reply said`(
            by seconds: Double, words: String, status: Int32
        ) async throws {
            try await TinyServer.with {
                let head = "Date: \(Self.date(Date(timeIntervalSinceNow: seconds)))\r\n"
                try await $0.reply(Array("[]".utf8), head)
            } _: { server in
                var host = try await OpsHost(.sqlite, candles: 1)
                host.environment["BITFINEX_REST_URL"] = try server.url("").absoluteString
                #expect(!(try await host.ops("doctor").run().out.contains("127.0.0.1's")))
                _ = try await Command.ingest(["realtime", "--series", "BTCUSD-1m"], host.environment).run()
                let connections = server.connections
                #expect(connections > 0)
                let doctor = try await host.ops("doctor").run()
                #expect(doctor.out.contains(words), "\(doctor.out)")
                #expect(doctor.status == status, "\(doctor.out)")
                #expect(server.connections == connections, "it asks nobody")
            }
        }

        @Test func `a setting of a breaker that nobody has is told, also with the settings alone`() async throws {
            var host = try await OpsHost(.sqlite, candles: 1)
            host.environment["BREAKER_TELEGRAM_TIMEOUT"] = "5"
            #expect(!(try await host.ops("doctor", "--settings").run().out.contains("WARN")))
            host.environment["BREAKER_TELEGRAMM_TIMEOUT"] = "5"
            for arguments in [["doctor"], ["doctor", "--settings"]] {
                let outcome = try await Command.ops(arguments, host.environment).run()
                #expect(outcome.status == 0)
                #expect(outcome.out.contains("BREAKER_TELEGRAMM_… is of no circuit breaker"), "\(outcome.out)")
            }
        }

        @Test func `the file of a secret that others may read is told`() async throws {
            var host = try await OpsHost(.sqlite, candles: 1)
            let file = host.folder.path("hook")
            try Data("https://example.invalid/x\n".utf8).write(to: URL(filePath: file))
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file)
            host.environment["ADMIN_ALERT_WEBHOOK_FILE"] = file
            #expect(try await host.ops("doctor").run().out.contains("\(file) can be read by others"))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
            #expect(try await host.ops("doctor").run().out.contains("\(file) is yours alone"))
        }
    }
}
