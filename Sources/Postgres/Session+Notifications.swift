import CPostgres
import Foundation

extension Session {
    /// Sleeps until the server notifies of something, the limit is over, or the call is cancelled; gives what has come, in
    /// the server's order.
    ///
    /// - Throws: `PostgresFault.lost`, `CancellationError`.
    func notifications(_ limits: CallLimits) throws -> [PostgresNotification] {
        while true {
            let come = received()
            if !come.isEmpty { return come }
            switch limits.due {
            case .cancelled: throw CancellationError()
            case .timedOut: return []
            case nil: break
            }
            if try pollSocket(Int16(POLLIN), limits) != 0, unsafe PQconsumeInput(pointer) == 0 { throw lost }
        }
    }

    /// What libpq has read already: also while it waited for the answer to a command.
    private func received() -> [PostgresNotification] {
        var come: [PostgresNotification] = []
        while let next = unsafe PQnotifies(pointer) {
            defer { unsafe PQfreemem(next) }
            come.append(
                unsafe PostgresNotification(
                    channel: String(cString: next.pointee.relname), payload: String(cString: next.pointee.extra)))
        }
        return come
    }
}
