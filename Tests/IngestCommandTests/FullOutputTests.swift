import Foundation
import TestSupport
import Testing

extension IngestCommandSuite {
    /// stdout or stderr on a disk without room, or closed.
    @Suite("A full stdout", .timeLimit(.minutes(2))) struct FullOutputTests {
        /// Runs a program of ours in a shell that sends its output elsewhere.
        private func run(_ program: String, _ line: String, _ folder: ScratchFolder) async throws -> Command.Outcome {
            try await Command(
                program: URL(filePath: "/bin/sh"),
                arguments: ["-c", line, Command.folder.appending(path: program).path],
                environment: ["HOME": folder.path("home"), "STATE_DIR": folder.path("state"), "PATH": "/usr/bin:/bin"]
            ).run()
        }

        @Test(arguments: ["\"$0\" status --json >/dev/full", "\"$0\" status >/dev/full", "\"$0\" status >&-"])
        func `a result that was lost is told with 74`(line: String) async throws {
            let folder = try ScratchFolder()
            let outcome = try await run("ingest", line, folder)
            #expect(outcome.status == 74, "\(outcome.err)")
            #expect(outcome.err.contains("[output-not-written]") && outcome.err.contains("Try: make room"))
        }

        @Test func `a reader that has heard enough is no fault`() async throws {
            let folder = try ScratchFolder()
            let outcome = try await run("ingest", "\"$0\" status --help | head -n 1; \"$0\" status --json | :", folder)
            #expect(outcome.status == 0 && !outcome.err.contains("output-not-written"), "\(outcome.err)")
        }

        @Test(arguments: ["2>/dev/full", "2>&-"])
        func `words that nobody can hear change nothing`(redirection: String) async throws {
            let folder = try ScratchFolder()
            let wrong = try await run("frontend", "FRONTEND_PORT=none \"$0\" serve \(redirection)", folder)
            #expect(wrong.status == 78)
            // Its log, its address and its end go nowhere.
            let line = "timeout --signal=TERM 3 \"$0\" serve --port 0 \(redirection); test $? = 124"
            #expect(try await run("frontend", line, folder).status == 0)
        }
    }
}
