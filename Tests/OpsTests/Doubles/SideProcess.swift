import Foundation
import NIOConcurrencyHelpers

/// A program beside a test that says in its first line how it is reached, and ends at a line on its stdin.
struct SideProcess: Sendable {
    let firstLine: String
    private let output: NIOLockedValueBox<Data>

    /// Everything that it has said since the first line.
    var lines: [String] {
        output.withLockedValue { String(decoding: $0, as: UTF8.self) }.split(separator: "\n").dropFirst().map(
            String.init)
    }

    static func with<T>(
        _ program: String, _ arguments: [String], _ body: (SideProcess) async throws -> T
    ) async throws -> T {
        let process = Process()
        let (input, output) = (Pipe(), Pipe())
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.standardInput = input
        process.standardOutput = output
        let said = NIOLockedValueBox(Data())
        let (pieces, next) = AsyncStream.makeStream(of: Void.self)
        output.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            said.withLockedValue { $0 += data }
            if data.isEmpty { handle.readabilityHandler = nil }
            if data.isEmpty { next.finish() } else { next.yield() }
        }
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        process.terminationHandler = { _ in end.finish() }
        try process.run()
        var first: Substring?
        for await _ in pieces {
            let text = said.withLockedValue { String(decoding: $0, as: UTF8.self) }
            if text.contains("\n") {
                first = text.prefix { $0 != "\n" }
                break
            }
        }
        do {
            guard let first else { throw CocoaError(.fileReadUnknown) }
            let result = try await body(SideProcess(firstLine: String(first), output: said))
            // Its end alone would not do: a program that another test starts just now may hold the pipe, too. It may be gone.
            try? input.fileHandleForWriting.write(contentsOf: Data("\n".utf8))
            for await _ in ended {}
            return result
        } catch {
            try? input.fileHandleForWriting.write(contentsOf: Data("\n".utf8))
            for await _ in ended {}
            throw error
        }
    }
}

/// The programs that tests of channels talk to; without them those tests are cancelled, unless `REQUIRE_PEERS` is 1.
enum Peers {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path
    /// Of the virtual environment that `scripts/test --step venv` makes.
    static let python = root + "/.build/venv/bin/python"

    static func script(_ name: String) -> String { "\(root)/Tests/Peers/\(name)" }

    static var isRequired: Bool { ProcessInfo.processInfo.environment["REQUIRE_PEERS"] == "1" }

    static var hasVenv: Bool {
        isRequired
            || FileManager.default.fileExists(atPath: root + "/.build/venv/requirements.txt")
                && (try? String(contentsOfFile: root + "/.build/venv/requirements.txt", encoding: .utf8).contains(
                    "aiosmtpd"))
                    == true
    }

    static func has(_ programs: String...) -> Bool {
        isRequired || programs.allSatisfy { FileManager.default.isExecutableFile(atPath: "/usr/bin/\($0)") }
    }

    static var hasDesktop: Bool {
        has("notify-send", "dbus-daemon")
            && FileManager.default.fileExists(atPath: "/usr/lib/python3/dist-packages/dbusmock")
    }
}
