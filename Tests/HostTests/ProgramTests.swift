import Testing

@testable import Host

@Suite("Program", .timeLimit(.minutes(1))) struct ProgramTests {
    private let large = String(repeating: "x", count: 4 << 20)

    @Test func `a program that does not read its input is no error`() async throws {
        for _ in 0..<20 {
            let end = try await Program("sh", ["-c", "exit 3"], input: large, deadline: .seconds(20)).run()
            #expect(end.status == 3)
        }
    }

    @Test func `input goes in whole, output comes out`() async throws {
        let end = try await Program("wc", ["-c"], input: large, deadline: .seconds(20)).run()
        #expect(end.output == "4194304\n" && end.succeeded)
        let none = try await Program("cat", deadline: .seconds(20)).run()
        #expect(none.output.isEmpty && none.succeeded)
    }

    @Test func `no signal is blocked in it`() async throws {
        let end = try await Program("grep", ["SigBlk", "/proc/self/status"], deadline: .seconds(20)).run()
        #expect(end.output == "SigBlk:\t0000000000000000\n")
    }

    @Test func `one that neither reads nor ends is ended`() async throws {
        await #expect(throws: ProgramFault.overdue(name: "tail", after: .milliseconds(200))) {
            try await Program("tail", ["-f", "/dev/null"], input: large, deadline: .milliseconds(200)).run()
        }
    }

    @Test func `a cancelled run ends as cancelled`() async throws {
        for _ in 0..<20 {
            await withTaskGroup(of: Bool.self) { group in
                group.addTask { [large] in
                    do {
                        _ = try await Program("tail", ["-f", "/dev/null"], input: large, deadline: .seconds(20)).run()
                        return false
                    } catch { return error is CancellationError }
                }
                group.cancelAll()
                #expect(await group.next() == true)
            }
        }
    }
}
