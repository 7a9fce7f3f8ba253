import Foundation
import Host
import TestSupport

/// Processes of others with command lines like those of our bots: none may be sent a signal.
///
/// Each is stopped, as by Ctrl-Z, so that a watchdog that takes one for its service finds that frozen and acts at once. Each has blocked
/// every signal that can be blocked, so that what it was sent is still to be seen.
struct StrangeProcesses {
    /// Whose a process is.
    enum User: Sendable {
        /// Ours, as another program of the same person is.
        case own
        /// Nobody's; only root can start it.
        case nobody
    }

    private struct Stranger {
        let pid: Int32
        let start: String
        let line: String
    }

    private var strangers: [Stranger] = []

    /// Starts two that share a group, the first of which leads it; tells the numbers of both.
    mutating func add(_ line: String, of user: User) async throws -> [Int32] {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let outcome = try await Command(
            program: URL(filePath: "/usr/bin/env"),
            arguments: ["python3", "-c", Self.script, user == .own ? "\(geteuid())" : "65534", line],
            environment: ["PATH": path, "HOME": "/"]
        ).run()
        let pids = outcome.out.split(separator: " ").compactMap { Int32($0) }
        guard pids.count == 2 else { throw Trouble(words: outcome.err) }
        for pid in pids {
            guard let start = Self.start(of: pid) else { throw Trouble(words: "\(line) does not run") }
            strangers.append(Stranger(pid: pid, start: start, line: line))
            while ProcessTable().commandLine(of: pid)?.hasPrefix(line) == false { await Task.yield() }
            kill(pid, SIGSTOP)
            while Self.status(of: pid)?.contains("State:\tT") == false { await Task.yield() }
        }
        return pids
    }

    /// Those that ended, that go on, or that were sent a signal.
    var changes: [String] {
        strangers.compactMap { stranger in
            let name = "process \(stranger.pid) of others ('\(stranger.line)')"
            guard Self.start(of: stranger.pid) == stranger.start, let status = Self.status(of: stranger.pid) else {
                return "\(name) was ended"
            }
            let quiet = ["State:\tT (stopped)", "SigPnd:\t0000000000000000", "ShdPnd:\t0000000000000000"]
            let lines = status.split(separator: "\n").filter { line in
                ["State:", "SigPnd:", "ShdPnd:"].contains { line.hasPrefix($0) }
            }
            return lines.map(String.init) == quiet ? nil : "\(name) was sent a signal: \(lines)"
        }
    }

    private static func status(of pid: Int32) -> String? {
        try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
    }

    var pids: Set<Int32> { Set(strangers.map(\.pid)) }

    func end() {
        for stranger in strangers where Self.start(of: stranger.pid) == stranger.start { kill(stranger.pid, SIGKILL) }
    }

    /// When a process began, in the kernel's ticks; nil where there is none, or it is dead.
    static func start(of pid: Int32) -> String? {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let name = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: name)...].split(separator: " ")
        return fields.count > 19 && fields[0] != "Z" && fields[0] != "X" ? String(fields[19]) : nil
    }

    private struct Trouble: Error {
        let words: String
    }

    private static let script = """
        import os, signal, sys

        user, line = int(sys.argv[1]), sys.argv[2]
        running, starting = os.pipe()
        if os.fork():
            os.close(starting)
            # At its end once both run what they are to run.
            os.read(running, 1)
            os._exit(0)
        os.setsid()
        if user != os.geteuid():
            os.setgroups([])
            os.setgid(user)
            os.setuid(user)
        # The other one, stopped, sends SIGCHLD.
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals() - {signal.SIGCHLD})
        leader = os.getpid()
        if not os.fork():
            os.write(1, b"%d %d" % (leader, os.getpid()))
        null = os.open("/dev/null", os.O_RDWR)
        for number in range(3):
            os.dup2(null, number)
        os.execv("/bin/sleep", [line, "900"])
        """
}
