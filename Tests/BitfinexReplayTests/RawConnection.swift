import Foundation

/// A plain socket, since URLSession does not say how a connection ended.
enum RawConnection {
    enum Outcome: Equatable {
        case ended(String)
        case reset
    }

    /// Sends one GET and reads until the connection ends; blocks a thread of its own.
    static func get(_ path: String, port: Int) async throws -> Outcome {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script, String(port), path]
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
        s.sendall(f"GET {sys.argv[2]} HTTP/1.1\\r\\nHost: replay\\r\\nConnection: close\\r\\n\\r\\n".encode())
        text = b""
        try:
            while piece := s.recv(65536):
                text += piece
            sys.stdout.write(text.decode())
        except ConnectionResetError:
            sys.stdout.write("RESET")
        """
}
