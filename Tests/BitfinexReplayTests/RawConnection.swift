import Foundation

/// A plain socket, since URLSession does not say how a connection ended.
enum RawConnection {
    enum Outcome: Equatable {
        case ended(String)
        case reset
    }

    /// Sends one GET and reads until the connection ends; blocks a thread of its own.
    static func get(_ path: String, port: Int, headers: String = "Connection: close\r\n") async throws -> Outcome {
        try await run(script, [String(port), path, headers])
    }

    /// Opens a WebSocket, subscribes and unsubscribes again and again without reading, then waits for the end.
    static func subscribeWithoutReading(times: Int, port: Int) async throws -> Outcome {
        try await run(flood, [String(port), String(times)])
    }

    private static func run(_ script: String, _ arguments: [String]) async throws -> Outcome {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script] + arguments
        process.standardOutput = output
        return try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { _ in
                let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
                continuation.resume(returning: text == "RESET" ? .reset : .ended(text))
            }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
    }

    private static let script = """
        import socket, sys
        s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 20)
        s.sendall(f"GET {sys.argv[2]} HTTP/1.1\\r\\nHost: replay\\r\\n{sys.argv[3]}\\r\\n".encode())
        text = b""
        try:
            while piece := s.recv(65536):
                text += piece
            sys.stdout.write(text.decode())
        except ConnectionResetError:
            sys.stdout.write("RESET")
        """

    /// Frames are masked with zeros; channels are numbered from 343351 on.
    private static let flood = """
        import select, socket, struct, sys
        s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 20)
        s.sendall(b"GET /ws/2 HTTP/1.1\\r\\nHost: replay\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\n"
                  b"Sec-WebSocket-Version: 13\\r\\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\\r\\n\\r\\n")
        s.recv(12)
        def send(text):
            s.sendall(struct.pack(">BBHI", 0x81, 0xFE, len(text), 0) + text.encode())
        try:
            for number in range(343351, 343351 + int(sys.argv[2])):
                send('{"event":"subscribe","channel":"candles","key":"trade:1m:tBTCUSD"}')
                send('{"event":"unsubscribe","chanId":%d}' % number)
            watch = select.poll()
            watch.register(s, 0)
            if watch.poll(30000):
                sys.stdout.write("RESET")
        except (ConnectionResetError, BrokenPipeError):
            sys.stdout.write("RESET")
        """
}
