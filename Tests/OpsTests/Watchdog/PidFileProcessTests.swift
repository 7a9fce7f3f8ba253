import Foundation
import Host
import Subprocess
import SystemPackage
import TestSupport
import Testing

@testable import Watchdog

/// Against real processes, each started by the test and ended with it.
@Suite("Pid file process", .timeLimit(.minutes(1))) struct PidFileProcessTests {
    private let folder: ScratchFolder
    private let file: String
    private let table = ProcessTable()

    init() throws {
        folder = try ScratchFolder()
        file = folder.path("bot.pid")
    }

    /// Runs `body` beside a process that sleeps; tells how it ended.
    private func beside(_ body: @escaping @Sendable (Int32) async throws -> Void) async throws -> TerminationStatus {
        try await Subprocess.run(
            .path("/bin/sleep"), arguments: ["\(300 + Int.random(in: 0..<1000))"], input: .none, output: .discarded,
            error: .discarded
        ) { execution in
            try await body(execution.processIdentifier.value)
            try execution.send(signal: .kill)
        }.terminationStatus
    }

    private func write(_ pid: Int32) throws { try "\(pid)\n".write(toFile: file, atomically: true, encoding: .utf8) }

    @Test func `a process is running while it runs`() async throws {
        let process = PidFileProcess(file, start: ["true"])
        #expect(process.status() == .stopped("without the pid file \(file)"))
        let end = try await beside { [table] pid in
            try write(pid)
            let look = try #require(table.process(pid))
            #expect(process.status() == .running(main: look.identity))
            #expect(table.commandLine(of: pid)?.hasPrefix("/bin/sleep") == true)
            let age = try #require(table.age(of: look.identity))
            #expect(age < .seconds(60))
            process.stop()
            while table.runs(look.identity) { await Task.yield() }
        }
        #expect(end == .signaled(15))
        guard case .stopped = process.status() else { return #expect(Bool(false), "it still runs") }
    }

    /// Only root can start and kill processes of others.
    @Test(.enabled(if: geteuid() == 0))
    func `a pattern matches the processes of one user alone, and a stranger's lives`() async throws {
        let seconds = "\(100_000 + Int.random(in: 0..<100_000))"
        let end = try await Subprocess.run(
            .name("setpriv"), arguments: ["--reuid=65534", "--regid=65534", "--clear-groups", "sleep", seconds],
            input: .none, output: .discarded, error: .discarded
        ) { [table, file] execution in
            let pid = execution.processIdentifier.value
            while table.commandLine(of: pid)?.hasPrefix("sleep") != true { await Task.yield() }
            let pattern = "^sleep \(seconds)$"
            #expect(table.processes(of: .own, matching: pattern).isEmpty)
            #expect(table.processes(of: .named("65534"), matching: pattern).map(\.identity.pid) == [pid])
            #expect(table.processes(of: .named("nobody"), matching: pattern).map(\.identity.pid) == [pid])
            for other in ["root", "0", "no-such-user", "65533"] {
                #expect(table.processes(of: .named(other), matching: pattern).isEmpty, "\(other)")
            }
            PidFileProcess(file, start: ["true"], killing: pattern).forceKill()
            try await SystemdUnit("no-such.service", isOfUser: true, killing: pattern).forceKill()
            #expect(table.process(pid) != nil, "a stranger's process lives")
            try "\(pid)\n".write(toFile: file, atomically: true, encoding: .utf8)
            let meant = PidFileProcess(file, start: ["true"], killing: pattern, of: .named("root"))
            #expect(meant.status() == .stopped("gone (\(pid) is another process)"))
            PidFileProcess(file, start: ["true"], killing: pattern, of: .named("nobody")).forceKill()
            while table.process(pid) != nil { await Task.yield() }
        }
        #expect(end.terminationStatus == .signaled(9))
    }

    /// A clock that was set back makes every process older than the file.
    @Test func `a file from the future names nobody, and nothing is done`() async throws {
        let process = PidFileProcess(file, start: ["true"])
        let end = try await beside { pid in
            try write(pid)
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: 3600)], ofItemAtPath: file)
            #expect(process.status() == .unknown("\(file) is from the future; was the clock set back?"))
            process.stop()
            process.forceKill()
        }
        #expect(end == .signaled(9), "only the test itself ended it")
    }

    /// Only root can give a file away.
    @Test(.enabled(if: geteuid() == 0))
    func `whoever can write a pid file cannot have a process of ours ended`() async throws {
        let process = PidFileProcess(file, start: ["true"])
        let end = try await beside { pid in
            try write(pid)
            for (user, mode) in [(65_534, 0o644), (0, 0o646)] {
                try FileManager.default.setAttributes(
                    [.ownerAccountID: user, .posixPermissions: mode], ofItemAtPath: file)
                guard case .unknown(let words) = process.status() else {
                    return #expect(Bool(false), "user \(user), mode \(mode)")
                }
                #expect(
                    words.hasPrefix(
                        user == 0 ? "\(file) can be written by others: " : "\(file) belongs to user \(user): "))
                process.stop()
                process.forceKill()
            }
        }
        #expect(end == .signaled(9), "only the test itself ended it")
    }

    /// Only root can start processes of others.
    @Test(.enabled(if: geteuid() == 0))
    func `another user's process is meant where nobody but root and that user could have named it`() async throws {
        let seconds = "\(100_000 + Int.random(in: 0..<100_000))"
        let end = try await Subprocess.run(
            .name("setpriv"), arguments: ["--reuid=65534", "--regid=65534", "--clear-groups", "sleep", seconds],
            input: .none, output: .discarded, error: .discarded
        ) { [table, file] execution in
            let pid = execution.processIdentifier.value
            while table.commandLine(of: pid)?.hasPrefix("sleep") != true { await Task.yield() }
            let identity = try #require(table.process(pid)?.identity)
            try "\(pid)\n".write(toFile: file, atomically: true, encoding: .utf8)
            for pattern in [nil, "^sleep \(seconds)$"] {
                let process = PidFileProcess(file, start: ["true"], killing: pattern)
                for (user, mode, isMeant) in [
                    (65_533, 0o644, false), (0, 0o646, false), (65_534, 0o646, false), (0, 0o644, true),
                    (65_534, 0o644, true),
                ] {
                    let attributes: [FileAttributeKey: Any] = [.ownerAccountID: user, .posixPermissions: mode]
                    try FileManager.default.setAttributes(attributes, ofItemAtPath: file)
                    guard !isMeant else {
                        #expect(process.status() == .running(main: identity), "\(attributes)")
                        continue
                    }
                    guard case .unknown = process.status() else {
                        return #expect(Bool(false), "\(attributes) was believed")
                    }
                    process.stop()
                    process.forceKill()
                    #expect(table.process(pid) != nil, "a stranger's process lives")
                }
            }
            PidFileProcess(file, start: ["true"]).stop()
            while table.process(pid) != nil { await Task.yield() }
        }
        #expect(end.terminationStatus == .signaled(15))
    }

    @Test func `a stopped process takes the signal to end`() async throws {
        let process = PidFileProcess(file, start: ["true"])
        let end = try await beside { [table] pid in
            try write(pid)
            kill(pid, SIGSTOP)
            while table.process(pid)?.isStopped == false { await Task.yield() }
            process.stop()
            while table.process(pid) != nil { await Task.yield() }
        }
        #expect(end == .signaled(15))
    }

    @Test func `a number that another process has now is neither believed nor killed`() async throws {
        let process = PidFileProcess(file, start: ["true"])
        let end = try await beside { pid in
            try write(pid)
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -60)], ofItemAtPath: file)
            #expect(process.status() == .stopped("gone (\(pid) is another process)"))
            process.stop()
            process.forceKill()
            let other = PidFileProcess(file, start: ["true"], killing: "no such program [0-9]{30}")
            other.forceKill()
            #expect(other.status() == .stopped("gone (\(pid) is another process)"))
        }
        #expect(end == .signaled(9), "only the test itself ended it, which it does by SIGKILL")
    }

    @Test func `a process that was believed stays believed when the wall clock steps, and no second one is started`()
        async throws
    {
        let mark = folder.path("second")
        let end = try await beside { [table] pid in
            try write(pid)
            let identity = try #require(table.process(pid)?.identity)
            // What a step of an hour makes of the file's time.
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -3600)], ofItemAtPath: file)
            let process = PidFileProcess(file, start: ["touch", mark], known: identity)
            #expect(process.status() == .running(main: identity))
            #expect(try await process.start() == "process \(pid) still runs")
            try FileManager.default.removeItem(atPath: file)
            #expect(process.status() == .running(main: identity))
            let earlier = ProcessIdentity(pid: pid, startTicks: identity.startTicks - 1)
            let other = PidFileProcess(file, start: ["true"], known: earlier)
            #expect(other.status() == .stopped("without the pid file \(file)"))
            #expect(!FileManager.default.fileExists(atPath: mark))
            process.stop()
            while table.runs(identity) { await Task.yield() }
        }
        #expect(end == .signaled(15))
    }

    @Test func `a signal goes to no process that began at another time`() async throws {
        let end = try await beside { [table] pid in
            table.signal(SIGTERM, to: ProcessIdentity(pid: pid, startTicks: 1))
            #expect(table.process(pid) != nil)
        }
        #expect(end == .signaled(9))
    }

    @Test func `the pattern finds what is left, and never this process`() async throws {
        let mark = "3\(Int.random(in: 100_000...999_999))"
        let end = try await Subprocess.run(
            .path("/bin/sleep"), arguments: [mark], input: .none, output: .discarded, error: .discarded
        ) { [table] execution in
            #expect(
                table.processes(of: .own, matching: "sleep \(mark)").map(\.identity.pid) == [
                    execution.processIdentifier.value
                ])
            #expect(
                !table.processes(of: .own, matching: ".").map(\.identity.pid).contains(
                    ProcessInfo.processInfo.processIdentifier))
            PidFileProcess(file, start: ["true"], killing: "^/bin/sleep \(mark)$").forceKill()
        }.terminationStatus
        #expect(end == .signaled(9))
    }

    @Test func `a program is started apart from us, and one that is not there leaves nothing`() async throws {
        let script = "echo $$ > \(file); exec sleep 299"
        let process = PidFileProcess(file, start: ["sh", "-c", script])
        #expect(try await process.start() == nil)
        while true { if case .running = process.status() { break } else { await Task.yield() } }
        guard case .running(let main?) = process.status() else { return #expect(Bool(false), "it does not run") }
        let look = try #require(table.process(main.pid))
        #expect(look.group == main.pid, "it leads a group of its own")
        process.forceKill()
        while table.runs(main) { await Task.yield() }
    }

    @Test(arguments: ["", "x", "-5", "1", "999999999"])
    func `a pid file without a living process is stopped`(text: String) throws {
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        guard case .stopped = PidFileProcess(file, start: ["true"]).status() else {
            return #expect(Bool(false), "'\(text)' was believed")
        }
    }
}
