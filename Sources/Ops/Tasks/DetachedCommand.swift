import Foundation
import Host
import SystemPackage

/// A shell's command that outlives this process: in a session of its own, its output in a file, and in a scope of its own where there is
/// a systemd, which would take it along with our unit otherwise.
struct DetachedCommand<C: Clock>: Sendable where C.Duration == Duration {
    let command: String
    /// What it says is appended there.
    let log: URL
    let clock: C
    /// Once it is closed, the command is waited for no longer than a moment.
    let stop: ShutdownLatch

    enum End: Sendable, Equatable {
        case exited(Int)
        /// It still ran when it was no longer waited for.
        case running
    }

    /// Starts it, and waits for its end for so long.
    ///
    /// - Throws: `ProgramFault`, the error of a folder that cannot be written, or `CancellationError`, which does not end the command.
    func run(for patience: Duration) async throws -> End {
        try FileManager.default.createDirectory(at: log.deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileDescriptor.open(
            FilePath(log.path), .writeOnly, options: [.append, .create, .closeOnExec], permissions: .ownerReadWrite
        ).close()
        // Once it is gone, nobody wants to know the end any more.
        let folder = FileManager.default.temporaryDirectory.appending(path: "cryptotrader-command-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(at: folder) }
        let mark = folder.appending(path: "code").path
        var deadline = clock.now.advanced(by: patience)
        var isEnding = false
        try await start(mark)
        while true {
            // Written whole: it has another name until then.
            if let text = try? String(contentsOfFile: mark, encoding: .utf8) {
                return .exited(Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 1)
            }
            if clock.now >= deadline { return .running }
            if stop.isClosed, !isEnding {
                isEnding = true
                deadline = min(deadline, clock.now.advanced(by: .seconds(5)))
            }
            try await clock.sleep(until: min(deadline, clock.now.advanced(by: .milliseconds(200))), tolerance: nil)
        }
    }

    private func start(_ mark: String) async throws {
        let inner =
            #"(eval "$1"); code=$?; if [ -d "${2%/*}" ]; then echo "$code" >"$2.part" && mv -- "$2.part" "$2"; fi"#
        let outer = #"log=$1; shift; exec setsid --fork "$@" </dev/null >>"$log" 2>&1"#
        let scope = await scope()
        let ours = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "JOURNAL_STREAM"]
        let end = try await Program(
            "/bin/sh", ["-c", outer, "sh", log.path] + scope + ["/bin/sh", "-c", inner, "sh", command, mark],
            environment: Dictionary(uniqueKeysWithValues: ours.map { ($0, String?.none) }), deadline: .seconds(10)
        ).run()
        if !end.succeeded { throw ProcessCheckFault.restart(status: end.status, lastWords: end.lastWords) }
    }

    /// What begins a scope of its own; empty where there is no systemd that would.
    private func scope() async -> [String] {
        guard FileManager.default.fileExists(atPath: "/run/systemd/system") else { return [] }
        let scope = ["systemd-run"] + (getuid() == 0 ? [] : ["--user"]) + ["--scope", "--quiet", "--collect", "--"]
        let works = try? await Program(scope[0], Array(scope.dropFirst()) + ["true"], deadline: .seconds(10)).run()
            .succeeded
        return works == true ? scope : []
    }

    /// The last lines of what it said, as one line for a message.
    var lastWords: String {
        guard let file = try? FileHandle(forReadingFrom: log) else { return "" }
        defer { try? file.close() }
        let size = (try? file.seekToEnd()) ?? 0
        try? file.seek(toOffset: size > 4096 ? size - 4096 : 0)
        let text = String(decoding: (try? file.readToEnd()) ?? Data(), as: UTF8.self)
        return String(text.split(whereSeparator: \.isNewline).suffix(3).joined(separator: "; ").suffix(500))
    }
}
