import CPostgres
import Foundation
import NIOConcurrencyHelpers

/// Runs an actor's jobs one after the other on a thread of its own.
///
/// libpq's calls wait for a server, so they may not hold a thread of the cooperative pool. The thread sleeps in `poll`
/// between jobs.
///
/// - Important: `stop()` ends the thread after the jobs in hand; a job enqueued after it never runs. Only the
///   deinitialiser of the actor may call it, since no job can follow that.
final class ThreadExecutor: SerialExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var isStopped = false
        var thread: Int32 = 0
    }

    private let state = NIOLockedValueBox(State())
    private let wake = WakeSignal()

    init(name: String) {
        let thread = Thread { [self] in
            // A name that is set before the start does not reach the system's thread.
            Thread.current.name = name
            loop()
        }
        thread.stackSize = 1 << 20
        thread.start()
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isFirst = state.withLockedValue { state in
            state.jobs.append(job)
            return state.jobs.count == 1
        }
        if isFirst { wake.signal() }
    }

    func isIsolatingCurrentContext() -> Bool? {
        state.withLockedValue { $0.thread } == gettid()
    }

    func checkIsolated() {
        precondition(isIsolatingCurrentContext() == true, "not on the thread of the database connection")
    }

    func stop() {
        state.withLockedValue { $0.isStopped = true }
        wake.signal()
    }

    private func loop() {
        state.withLockedValue { $0.thread = gettid() }
        while true {
            let (jobs, isStopped) = state.withLockedValue { state in
                let jobs = state.jobs
                state.jobs.removeAll(keepingCapacity: true)
                return (jobs, state.isStopped)
            }
            for job in jobs { unsafe job.runSynchronously(on: asUnownedSerialExecutor()) }
            if !jobs.isEmpty { continue }
            if isStopped { return }
            wake.wait()
        }
    }
}

/// A file descriptor that becomes readable when somebody signals it, so that `poll` can wait for it beside a socket.
final class WakeSignal: Sendable {
    let descriptor: Int32

    init() {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        precondition(descriptor >= 0, "no file descriptor is left for a database connection")
    }

    deinit { close(descriptor) }

    func signal() { _ = eventfd_write(descriptor, 1) }

    func drain() {
        var value: eventfd_t = 0
        _ = unsafe eventfd_read(descriptor, &value)
    }

    /// Blocks the thread until somebody signals.
    func wait() {
        var descriptors = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
        _ = unsafe poll(&descriptors, 1, -1)
        drain()
    }
}
