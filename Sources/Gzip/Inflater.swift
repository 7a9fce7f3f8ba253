import CZlib

/// Decompresses one gzip (or zlib) stream, piece by piece, in constant memory.
///
/// A cut stream gives no error while it is fed: call `finish()` after the last piece.
@safe package final class Inflater {
    private let stream: UnsafeMutablePointer<z_stream>
    private let output: UnsafeMutableBufferPointer<UInt8>
    private var isDone = false

    /// - Parameter chunk: The most bytes that one `emit` receives.
    /// - Throws: `GzipFault.unavailable` where there is no memory for it.
    package init(chunk: Int = 1 << 16) throws(GzipFault) {
        // On the heap, since zlib keeps a pointer back to it.
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        unsafe output = .allocate(capacity: chunk)
        let detectsGzipAndZlib: Int32 = 47
        let status = unsafe inflateInit2_(
            stream, detectsGzipAndZlib, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { throw .unavailable(status: status) }
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
        unsafe output.deallocate()
    }

    /// Feeds the next piece; `emit` gets what it gave, in order.
    ///
    /// - Throws: `GzipFault.corrupt`, `.trailingBytes`, or what `emit` throws.
    package func feed(_ input: Span<UInt8>, _ emit: (Span<UInt8>) throws -> Void) throws {
        try unsafe input.withUnsafeBufferPointer { source in
            if source.isEmpty { return }
            if isDone { throw GzipFault.trailingBytes(count: source.count) }
            unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
            unsafe stream.pointee.avail_in = UInt32(source.count)
            try drain(emit)
        }
    }

    /// Ends the stream.
    ///
    /// - Throws: `GzipFault.truncated` where more had to come.
    package func finish() throws(GzipFault) {
        guard isDone else { throw .truncated }
    }

    private func drain(_ emit: (Span<UInt8>) throws -> Void) throws {
        repeat {
            unsafe stream.pointee.next_out = output.baseAddress
            unsafe stream.pointee.avail_out = UInt32(output.count)
            let status = unsafe inflate(stream, Z_NO_FLUSH)
            // Z_BUF_ERROR says "give me more input", and is no failure.
            guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
                throw GzipFault.corrupt(status: status)
            }
            let count = unsafe output.count - Int(stream.pointee.avail_out)
            if count > 0 {
                let piece = unsafe Span(_unsafeElements: UnsafeBufferPointer(rebasing: output[..<count]))
                try emit(piece)
            }
            isDone = status == Z_STREAM_END
            let rest = unsafe Int(stream.pointee.avail_in)
            if isDone, rest > 0 { throw GzipFault.trailingBytes(count: rest) }
        } while unsafe !isDone && stream.pointee.avail_out == 0
    }
}
