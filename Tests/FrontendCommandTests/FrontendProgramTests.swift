import Foundation
import TestSupport
import Testing

@Suite struct FrontendProgramTests {
    @Test(.timeLimit(.minutes(5))) func `help names the one subcommand`() async throws {
        let help = try await Command.frontend(["--help"], [:]).run()
        #expect(help.status == 0)
        #expect(help.out.contains("serve"))
    }

    @Test(.timeLimit(.minutes(5))) func `each program prints the version of them all`() async throws {
        let all = [Command.frontend, Command.ops, Command.ingest]
        var versions: Set<String> = []
        for program in all {
            let end = try await program(["--version"], [:]).run()
            #expect(end.status == 0 && end.err.isEmpty)
            versions.insert(end.out)
        }
        #expect(versions.count == 1)
        #expect(versions.first?.contains(/^\d+\.\d+\.\d+\n$/) == true)
    }
}
