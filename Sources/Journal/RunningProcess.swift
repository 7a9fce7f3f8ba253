import Candles
import Foundation

/// Tells whether the process of a run that has no end is still there.
enum RunningProcess {
    /// Clocks drift, and a wall clock is set; a number that comes again within this is rarer than either.
    private static let slack: Int64 = 60_000

    /// False where the process is gone, dead but not yet buried, or one that began after the run, with the same number.
    static func holds(_ pid: Int32, since start: UnixMilliseconds, now: UnixMilliseconds) -> Bool {
        guard pid > 0, kill(pid, 0) == 0 || errno == EPERM else { return false }
        guard let fields = status(of: pid) else { return true }
        if fields.state == "Z" || fields.state == "X" { return false }
        guard let uptime = uptime() else { return true }
        let age = uptime - fields.startTicks * 1000 / Int64(sysconf(Int32(_SC_CLK_TCK)))
        return age + slack >= now - start
    }

    /// Nil where /proc does not say.
    private static func status(of pid: Int32) -> (state: Character, startTicks: Int64)? {
        // The name in parentheses may hold anything, parentheses too.
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: end)...].split(whereSeparator: \.isWhitespace)
        guard fields.count > startField, let state = fields[0].first, let start = Int64(fields[startField]) else {
            return nil
        }
        return (state, start)
    }

    /// Milliseconds since the machine began, its sleep counted.
    private static func uptime() -> Int64? {
        guard let text = try? String(contentsOfFile: "/proc/uptime", encoding: .utf8) else { return nil }
        return text.split(separator: " ").first.flatMap { Double($0) }.map { Int64($0 * 1000) }
    }

    /// `starttime`, the 22nd field of all, counted after the name.
    private static let startField = 19
}
