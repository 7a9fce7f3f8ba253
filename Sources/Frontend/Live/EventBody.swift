import Hummingbird
import NIOCore

/// What one browser is sent, from its first event to its last.
struct EventBody: Sendable {
    let opening: EventStreams.Opening
    let hello: ByteBuffer
    let slow: @Sendable (_ position: Int) -> ByteBuffer

    @concurrent func write(to writer: inout any ResponseBodyWriter) async throws {
        try await writer.write(hello)
        for event in opening.missed { try await writer.write(event.bytes) }
        var position = opening.newest
        for await event in opening.events {
            if let number = event.number {
                // Some were dropped before this one.
                if number != position + 1 { try await writer.write(slow(number - 1)) }
                position = number
            }
            try await writer.write(event.bytes)
        }
        try await writer.finish(nil)
    }
}
