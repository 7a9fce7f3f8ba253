import Foundation

/// One process, told from a later one of the same number by when it began.
package struct ProcessIdentity: Sendable, Hashable, Codable {
    package let pid: Int32
    /// In the kernel's ticks since the machine's start.
    package let startTicks: UInt64

    package init(pid: Int32, startTicks: UInt64) {
        self.pid = pid
        self.startTicks = startTicks
    }
}

/// What /proc says of one process.
package struct ProcessLook: Sendable, Equatable {
    package let identity: ProcessIdentity
    let parent: Int32
    package let group: Int32
    /// As /proc says it: R, S, D, T (stopped by a signal), Z (dead, but not yet buried) and others.
    let state: Character

    package var isDead: Bool { state == "Z" || state == "X" }
    package var isStopped: Bool { state == "T" }
}

/// The processes of this machine, as /proc has them.
package struct ProcessTable: Sendable {
    package static let root = "/proc"

    private let root: String

    package init(root: String = Self.root) { self.root = root }

    /// Nil where there is none, or it is dead.
    package func process(_ pid: Int32) -> ProcessLook? {
        guard let look = look(at: pid), !look.isDead else { return nil }
        return look
    }

    /// Also of a process that is dead, but not yet buried; nil where /proc does not say.
    package func look(at pid: Int32) -> ProcessLook? {
        // The name in parentheses may hold anything, parentheses too.
        guard pid > 0, let text = try? String(contentsOfFile: "\(root)/\(pid)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: end)...].split(whereSeparator: \.isWhitespace)
        guard fields.count > Self.startField, let state = fields[0].first, let parent = Int32(fields[1]),
            let group = Int32(fields[2]), let start = UInt64(fields[Self.startField])
        else { return nil }
        return ProcessLook(
            identity: ProcessIdentity(pid: pid, startTicks: start), parent: parent, group: group, state: state)
    }

    /// Whether this very process still runs.
    package func runs(_ identity: ProcessIdentity) -> Bool { process(identity.pid)?.identity == identity }

    /// How long it has run; nil where /proc does not say.
    package func age(of identity: ProcessIdentity) -> Duration? {
        guard let uptime else { return nil }
        return max(.zero, uptime - .seconds(Double(identity.startTicks) / Double(sysconf(Int32(_SC_CLK_TCK)))))
    }

    /// How long the machine has run, its sleep counted; nil where /proc does not say.
    ///
    /// It comes from a file, so that whatever shows a process another clock does not change it.
    package var uptime: Duration? {
        let text = try? String(contentsOfFile: "\(root)/uptime", encoding: .utf8)
        return text?.split(separator: " ").first.flatMap { Double($0) }.map { .seconds($0) }
    }

    /// Those of one user whose command line is meant, but neither this process nor those that started it.
    package func processes(of owner: ProcessOwner, where isMeant: (String) -> Bool) -> [ProcessLook] {
        let own = ancestors()
        return running.filter { !own.contains($0.pid) && isMeant($0.commandLine) }.compactMap { candidate in
            // Looked at before its owner is asked for: a number that is given anew meanwhile is another process then.
            guard let look = process(candidate.pid), owner.owns(candidate.pid, root: root) else { return nil }
            return runs(look.identity) ? look : nil
        }
    }

    /// All that have a command line, by number; a dead one has none.
    package var running: [RunningProcess] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return names.compactMap { Int32($0) }.sorted().compactMap { pid in
            commandLine(of: pid).map { RunningProcess(pid: pid, commandLine: $0) }
        }
    }

    /// Empty for the kernel's own, and for one that is gone.
    package func commandLine(of pid: Int32) -> String? {
        guard let data = FileManager.default.contents(atPath: "\(root)/\(pid)/cmdline"), !data.isEmpty else {
            return nil
        }
        return data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
    }

    /// Sends a signal unless the process has ended; its whole group where it leads one.
    package func signal(_ number: Int32, to identity: ProcessIdentity) {
        guard let look = process(identity.pid), look.identity == identity else { return }
        kill(look.group == identity.pid ? -identity.pid : identity.pid, number)
    }

    private func ancestors() -> Set<Int32> {
        var found: Set<Int32> = []
        var pid = ProcessInfo.processInfo.processIdentifier
        while pid > 0, found.insert(pid).inserted { pid = process(pid)?.parent ?? 0 }
        return found
    }

    /// `starttime`, the 22nd field of all, counted after the name.
    private static let startField = 19
}

/// A process of this machine and its command line.
package struct RunningProcess: Sendable, Equatable {
    package let pid: Int32
    /// Its arguments, with spaces in between.
    package let commandLine: String

    /// All that have a command line and are not this process itself.
    package static func all() -> [RunningProcess] {
        ProcessTable().running.filter { $0.pid != ProcessInfo.processInfo.processIdentifier }
    }
}
