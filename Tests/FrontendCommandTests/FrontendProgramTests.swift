import Foundation
import TestSupport
import Testing

@Suite struct FrontendProgramTests {
    @Test(.timeLimit(.minutes(5))) func `help names the one subcommand`() async throws {
        let help = try await Command.frontend(["--help"], [:]).run()
        #expect(help.status == 0)
        #expect(help.out.contains("serve"))
    }
}
