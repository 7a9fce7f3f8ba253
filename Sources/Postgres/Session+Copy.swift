import CPostgres
import Foundation

extension Session {
    /// How much libpq is given at once; it keeps what the socket does not take.
    private static let pieceSize = 256 << 10

    /// Runs `COPY … FROM STDIN` with these bytes and gives the number of rows stored.
    func copyIn(_ sql: String, _ bytes: ArraySlice<UInt8>, _ limits: inout CallLimits) throws -> Int {
        guard unsafe PQsendQuery(pointer, sql) == 1 else { throw lost }
        return try collect(sql, copying: bytes, &limits).affected
    }

    /// Sends the data of a COPY and its end; an interrupted call ends it with an error, so that the server keeps
    /// nothing.
    ///
    /// Where libpq takes no more, the server has reported an error already: the results tell it.
    func feed(_ bytes: ArraySlice<UInt8>, _ limits: inout CallLimits) throws {
        var start = bytes.startIndex
        while start < bytes.endIndex, limits.interruption == nil {
            let end = min(start + Self.pieceSize, bytes.endIndex)
            guard put(bytes[start..<end]) else { return }
            try flush(&limits)
            interruptIfDue(&limits)
            start = end
        }
        _ = unsafe PQputCopyEnd(pointer, limits.interruption == nil ? nil : "stopped by the client")
    }

    private func put(_ piece: ArraySlice<UInt8>) -> Bool {
        unsafe piece.withUnsafeBytes { buffer in
            let start = unsafe buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
            return unsafe PQputCopyData(pointer, start, Int32(buffer.count)) == 1
        }
    }

    private func flush(_ limits: inout CallLimits) throws {
        while unsafe PQflush(pointer) == 1 { try exchange(POLLIN | POLLOUT, &limits) }
    }
}
