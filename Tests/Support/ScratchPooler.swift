import Dispatch
import Foundation

/// A real pgbouncer before a `ScratchPostgres`, on 127.0.0.1; it ends with the last reference, or with this process.
package final class ScratchPooler: Sendable {
    package enum Mode: String, CaseIterable, Sendable { case session, transaction, statement }

    package let port: Int
    private let input = Pipe()

    /// Whether tests that need it run; give it to `.enabled(if:)`.
    package static var isEnabled: Bool {
        let isRequired = ProcessInfo.processInfo.environment["REQUIRE_PGBOUNCER"] == "1"
        return ScratchPostgres.isEnabled && (program != nil || isRequired)
    }

    private static let program = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    /// `size` is how many sessions of the server it holds; `options` are lines of its settings.
    package static func start(
        before server: ScratchPostgres, mode: Mode, size: Int = 20, options: String = ""
    ) async throws -> ScratchPooler {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(
                    with: Result { try ScratchPooler(server, mode: mode, size: size, options: options) })
            }
        }
    }

    /// The URL of a database of the server by way of the pooler.
    package func url(database: String) -> String { "postgres://postgres@127.0.0.1:\(port)/\(database)" }

    private init(_ server: ScratchPostgres, mode: Mode, size: Int, options: String) throws {
        guard let program = Self.program, let binaries = ScratchPostgres.binaries else {
            throw ScratchPostgres.Failure(text: "no pgbouncer; apt-get install pgbouncer")
        }
        port = Int.random(in: 10_000..<32_000)
        let settings = """
            [databases]
            * = host=\(server.folder) port=\(server.port) user=postgres
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = \(port)
            unix_socket_dir =
            auth_type = any
            pool_mode = \(mode.rawValue)
            default_pool_size = \(size)
            \(options)
            """
        let output = Pipe()
        let shell = Process()
        shell.executableURL = URL(filePath: "/bin/sh")
        shell.arguments = ["-c", Self.script, "scratch-pooler", program, binaries, String(port), settings]
        shell.standardInput = input
        shell.standardOutput = output
        shell.standardError = FileHandle.nullDevice
        try shell.run()
        guard try output.fileHandleForReading.read(upToCount: 3) == Data("ok\n".utf8) else {
            throw ScratchPostgres.Failure(text: "pgbouncer did not start on port \(port)")
        }
    }

    /// Keeps one pooler until the end of its input.
    ///
    /// It refuses to run as root, so root hands it to the user `postgres`.
    private static let script = """
        program=$1 binaries=$2 port=$3
        trap '' INT TERM HUP
        folder=$(mktemp -d) && printf '%s\\n' "$4" > "$folder/pgbouncer.ini"
        as=
        if [ "$(id -u)" = 0 ]; then
            as='setpriv --reuid=postgres --regid=postgres --init-groups'
            chown -R postgres: "$folder"
        fi
        (cd "$folder" && exec $as "$program" "$folder/pgbouncer.ini") < /dev/null > "$folder/log" 2>&1 &
        pooler=$!
        until "$binaries/pg_isready" -q -h 127.0.0.1 -p "$port"; do
            kill -0 "$pooler" 2> /dev/null || break
            sleep 0.05
        done
        kill -0 "$pooler" 2> /dev/null && echo ok || echo no
        read -r end
        kill -KILL "$pooler"
        wait "$pooler"
        rm -rf "$folder"
        """
}
