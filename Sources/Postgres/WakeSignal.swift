import CPostgres
import Foundation

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
