import Candles
import Foundation
import Host

/// Tells whether the process of a run that has no end is still there.
enum RunHolder {
    /// Clocks drift, and a wall clock is set; a number that comes again within this is rarer than either.
    private static let slack: Int64 = 60_000

    /// False where the process is gone, dead but not yet buried, or one that began after the run, with the same number.
    static func isAlive(_ pid: Int32, since start: UnixMilliseconds, now: UnixMilliseconds) -> Bool {
        guard pid > 0, kill(pid, 0) == 0 || errno == EPERM else { return false }
        let processes = ProcessTable()
        // Where /proc does not say, the kernel's word stands.
        guard let look = processes.look(at: pid) else { return true }
        if look.isDead { return false }
        guard let age = processes.age(of: look.identity) else { return true }
        return Int64(age / .milliseconds(1)) + slack >= now - start
    }
}
