import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(7))) struct SchemathesisTests {
    @Test(
        .enabled(if: Schemathesis.isThere, "run scripts/test --step venv, which installs Tests/Peers/requirements.txt"))
    func `what its description promises, the API keeps`() async throws {
        try await ServedAPI.with(try Samples.source()) { served in
            let outcome = try await Schemathesis.command(port: served.client.port).run()
            // Its seed is among the last lines.
            print(outcome.out.suffix(1500))
            #expect(outcome.status == 0, "\(outcome.out.suffix(20_000))\n\(outcome.err.suffix(2000))")
        }
    }
}

/// An independent client that reads the description, and asks what it allows and what it forbids.
private enum Schemathesis {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path
    private static let program = root + "/.build/venv/bin/schemathesis"

    static var isThere: Bool {
        ProcessInfo.processInfo.environment["REQUIRE_PEERS"] == "1"
            || FileManager.default.isExecutableFile(atPath: program)
    }

    /// Ends within 5 min, whatever it finds; half a minute is usual.
    static func command(port: Int) -> Command {
        var environment = ProcessInfo.processInfo.environment
        environment["SCHEMATHESIS_HOOKS"] = "schemathesis_hooks"
        environment["PYTHONPATH"] = root + "/Tests/Peers"
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        let arguments = [
            "run", "http://127.0.0.1:\(port)/api/v1/openapi.json", "--max-examples", "60", "--no-color",
            "--phases", "examples,coverage,fuzzing", "--generation-database", "none", "--request-timeout", "10",
        ]
        return Command(program: URL(filePath: program), arguments: arguments, environment: environment).killed(
            after: 300)
    }
}
