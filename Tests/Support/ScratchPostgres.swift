import Dispatch
import Foundation
import NIOConcurrencyHelpers

/// A Postgres cluster that the tests started themselves, in a temporary folder: real, empty, without fsync.
///
/// A shell stands between: it starts and stops the server, and when this process ends, however it ends, it stops the
/// server and removes the folder. Local sockets are trusted; 127.0.0.1 asks for a password.
package final class ScratchPostgres: Sendable {
    /// The password of the role `postgres` on 127.0.0.1.
    package static let password = "scratch-password"

    package let folder: String
    package let port: Int
    private let input = Pipe()
    private let output = Pipe()
    private let queue = DispatchQueue(label: "scratch-postgres")
    private let counter = NIOLockedValueBox(0)

    /// Whether the server's programs are installed.
    package static var isAvailable: Bool { binaries != nil }

    /// Whether missing programs must fail the tests instead of skipping them.
    package static var isRequired: Bool { ProcessInfo.processInfo.environment["REQUIRE_POSTGRES"] == "1" }

    /// Whether tests that need a server run; give it to `.enabled(if:)`.
    package static var isEnabled: Bool { isAvailable || isRequired }

    /// The cluster that all tests of this process share; tests may not stop it.
    package static func shared() async throws -> ScratchPostgres {
        try await onQueue(sharedQueue) {
            try sharedCluster.withLockedValue { cluster in
                let started = try cluster ?? make()
                cluster = started
                return started
            }
        }
    }

    /// A cluster that one test may stop and break; it ends with the last reference.
    package static func own() async throws -> ScratchPostgres {
        try await onQueue(DispatchQueue(label: "scratch-postgres.own")) { try make() }
    }

    /// Creates an empty database and gives its URL on the local socket.
    package func database() async throws -> String {
        let name = "test_\(counter.withLockedValue { $0 += 1; return $0 })"
        try await command("create \(name)")
        let host = folder.replacing("/", with: "%2F")
        return "postgres://postgres@\(host):\(port)/\(name)"
    }

    /// The URL of a database by way of 127.0.0.1, which asks for a password.
    package func networkURL(
        database: String = "postgres", user: String = "postgres", password: String = ScratchPostgres.password
    ) -> String {
        "postgres://\(user):\(password)@127.0.0.1:\(port)/\(database)"
    }

    package func start() async throws { try await command("start") }

    /// Stops the server and disconnects its clients, as an administrator does.
    package func stop() async throws { try await command("stop") }

    /// Ends the server as a crash does: at once, without a checkpoint, so that the next start recovers.
    package func crash() async throws { try await command("crash") }

    package func restart() async throws {
        try await stop()
        try await start()
    }

    /// Starts a cluster, on another port when somebody has the first one already.
    private static func make() throws -> ScratchPostgres {
        do { return try ScratchPostgres() } catch { return try ScratchPostgres() }
    }

    private init() throws {
        guard let binaries = Self.binaries else {
            throw Failure(text: "no initdb and postgres; apt-get install postgresql")
        }
        folder = FileManager.default.temporaryDirectory.appending(path: "ct-pg-\(UUID().uuidString.prefix(8))").path
        // Below the range that the system hands out to clients.
        port = Int.random(in: 10_000..<32_000)
        let shell = Process()
        shell.executableURL = URL(filePath: "/bin/sh")
        shell.arguments = ["-c", Self.script, "scratch-postgres", folder, binaries, String(port), Self.password]
        shell.standardInput = input
        shell.standardOutput = output
        shell.standardError = FileHandle.nullDevice
        try shell.run()
        try exchange("start")
    }

    private func command(_ line: String) async throws {
        try await Self.onQueue(queue) { try self.exchange(line) }
    }

    /// Sends one line to the shell and waits for its answer.
    private func exchange(_ line: String) throws {
        try input.fileHandleForWriting.write(contentsOf: Data("\(line)\n".utf8))
        var answer = Data()
        while answer.last != UInt8(ascii: "\n") {
            guard let part = try output.fileHandleForReading.read(upToCount: 1) else { break }
            answer += part
        }
        guard answer == Data("ok\n".utf8) else {
            throw Failure(text: "scratch Postgres, \(line): \(String(decoding: answer, as: UTF8.self))")
        }
    }

    private static let sharedCluster = NIOLockedValueBox<ScratchPostgres?>(nil)
    private static let sharedQueue = DispatchQueue(label: "scratch-postgres.shared")

    private static func onQueue<T: Sendable>(
        _ queue: DispatchQueue, _ body: @escaping @Sendable () throws -> T
    ) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result(catching: body)) }
        }
    }
}
