import Foundation
import Host
import NIOConcurrencyHelpers
import TestSupport
import Testing

@testable import Logs

/// A small tmpfs as the disk of logs; only root may mount one.
@Suite("Logs on a full disk", .enabled(if: getuid() == 0, "mounting a tmpfs needs root"), .timeLimit(.minutes(5)))
struct FullLogDiskTests {
    private func onDisk(kilobytes: Int, _ body: (LogSample) async throws -> Void) async throws {
        let sample = try LogSample()
        let mount = try await Program(
            "mount", ["-t", "tmpfs", "-o", "size=\(kilobytes)k", "tmpfs", sample.url.path], deadline: .seconds(30)
        ).run()
        try #require(mount.succeeded, "\(mount.lastWords)")
        let umount = Program("umount", ["-l", sample.url.path], deadline: .seconds(30))
        do {
            try await body(sample)
        } catch {
            _ = try await umount.run()
            throw error
        }
        _ = try await umount.run()
    }

    @Test func `lines are lost while the disk is full, counted and told of, and no later one is torn`() async throws {
        try await onDisk(kilobytes: 64) { sample in
            let complaints = NIOLockedValueBox(0)
            let clock = HandClock()
            func writer() -> ReopeningFile {
                ReopeningFile(
                    sample.url.appending(path: "bot.log").path, now: { clock.now },
                    complain: { _ in complaints.withLockedValue { $0 += 1 } })
            }
            let (first, second, idle) = (writer(), writer(), writer())
            idle.append(Array("< idle >\n".utf8))
            let ballast = sample.url.appending(path: "ballast")
            try Data(repeating: 0, count: 40_000).write(to: ballast)
            let line = Array("< \(String(repeating: "x", count: 89)) >\n".utf8)
            for _ in 0..<500 {
                first.append(line)
                second.append(line)
            }
            #expect(first.lost > 100 && second.lost > 100)
            #expect(complaints.withLockedValue(\.self) == 2)
            try FileManager.default.removeItem(at: ballast)
            clock.advance(by: .seconds(1))
            idle.append(Array("< idle >\n".utf8))
            let before = first.lost
            for _ in 0..<100 { first.append(line) }
            #expect(first.lost == before)
            let lines = try sample.lines(of: "bot.log")
            let torn = lines.filter { !$0.hasPrefix("< ") || !$0.hasSuffix(" >") }
            #expect(torn.count <= 1, "\(torn)")
            #expect(lines.count - torn.count == 1000 - before - second.lost + 100 + 2)
        }
    }

    @Test func `a rotation that finds no room leaves the file as it was, and goes on with the others`() async throws {
        try await onDisk(kilobytes: 512) { sample in
            var random = SeededGenerator(seed: 1)
            let noise = (0..<200_000).map { _ in String(UInt8.random(in: 33...126, using: &random)) }.joined()
            try sample.write(noise.prefix(300_000) + "\n", to: "service_a-20240129.log")
            try sample.write("two\n", to: "service_a-20240130.log")
            try sample.write("2024-01-30T00:00:00Z three\n", to: "service_b.log")
            try Data(repeating: 0, count: 140_000).write(to: sample.url.appending(path: "ballast"))
            let report = try await sample.rotate(at: "2024-01-31")
            #expect(report.failures.map(\.code) == ["log-not-rotated"])
            #expect(report.done == [.rename("service_b.log", to: "service_b-20240131.log")])
            #expect(
                try sample.names() == [
                    "ballast", "service_a-20240129.log", "service_a-20240130.log", "service_b-20240131.log",
                ])
            try FileManager.default.removeItem(at: sample.url.appending(path: "ballast"))
            #expect(try await sample.rotate(at: "2024-01-31").done == [.compress("service_a-20240129.log")])
            #expect(try sample.text("service_a-20240129.log.gz") == noise.prefix(300_000) + "\n")
        }
    }
}
