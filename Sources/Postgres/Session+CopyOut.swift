import CPostgres
import Foundation

extension Session {
    /// Runs `COPY … TO STDOUT`, gives each row with its line feed, and returns the number of rows.
    ///
    /// What `emit` throws stops the server, and is thrown once it has stopped.
    func copyOut(
        _ sql: String, _ limits: inout CallLimits, _ emit: (Span<UInt8>) throws -> Void
    ) throws -> Int {
        guard unsafe PQsendQuery(pointer, sql) == 1 else { throw lost }
        var failure: (any Error)?
        do {
            let rows = try collect(sql, receive: { try receive(&$0, &failure, emit) }, &limits).affected
            if let failure { throw failure }
            return rows
        } catch {
            throw isUsable ? failure ?? error : error
        }
    }

    /// Takes rows until the server ends the COPY; after a failure or an interruption they are thrown away.
    private func receive(
        _ limits: inout CallLimits, _ failure: inout (any Error)?, _ emit: (Span<UInt8>) throws -> Void
    ) throws -> Bool {
        var row: UnsafeMutablePointer<CChar>?
        while true {
            switch unsafe PQgetCopyData(pointer, &row, 1) {
            case 0: try exchange(POLLIN, &limits)
            case let count where count > 0:
                defer { unsafe PQfreemem(row) }
                guard failure == nil, limits.interruption == nil, let row = unsafe row else { continue }
                do {
                    try unsafe row.withMemoryRebound(to: UInt8.self, capacity: Int(count)) {
                        try emit(unsafe Span(_unsafeStart: $0, count: Int(count)))
                    }
                } catch {
                    failure = error
                    stopCommand(&limits)
                }
            default: return true
            }
        }
    }
}
