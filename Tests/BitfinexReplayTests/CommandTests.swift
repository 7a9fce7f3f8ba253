import Foundation
import FoundationNetworking
import Testing

@Suite("bitfinex-replay", .timeLimit(.minutes(1))) struct CommandTests {
    private static let rows = HandWritten.minutes(0..<30)

    private struct Finished: Equatable {
        var status: Int32
        var output: String
        var errors: String
    }

    private static func process(_ arguments: [String]) throws -> (process: Process, output: Pipe, errors: Pipe) {
        let folder = try #require(Bundle.main.executableURL?.deletingLastPathComponent())
        let process = Process()
        let output = Pipe()
        let errors = Pipe()
        process.executableURL = folder.appending(path: "bitfinex-replay")
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        return (process, output, errors)
    }

    private static func run(_ arguments: [String]) throws -> Finished {
        let (process, output, errors) = try process(arguments)
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let complaint = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return Finished(status: process.terminationStatus, output: text, errors: complaint)
    }

    @Test(arguments: [SIGTERM, SIGINT]) func `it says where it listens, and a signal ends it at once`(
        signal: Int32
    ) async throws {
        let folder = try RecordedFolderTests.folder(["BTCUSD_1m_2024.jsonl.gz": Self.rows])
        defer { try? FileManager.default.removeItem(at: folder) }
        let (process, output, _) = try Self.process(["serve", "--data", folder.path])
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        #expect(line.hasPrefix("listening on http://127.0.0.1:"))
        let address = try #require(URL(string: line.dropFirst("listening on ".count).trimmingCharacters(in: .newlines)))
        let candles = address.appending(path: "v2/candles/trade:1m:tBTCUSD/hist")
        let (page, _) = try await URLSession.shared.data(from: candles)
        #expect(String(decoding: page, as: UTF8.self) == "[" + Self.rows.reversed().joined(separator: ",") + "]")
        kill(process.processIdentifier, signal)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        #expect(process.terminationReason == .exit)
    }

    @Test(
        arguments: [
            (["serve"], 64, "there is nothing to serve"),
            (["serve", "--data", "/nonexistent"], 69, "the folder '/nonexistent' cannot be read"),
            (["serve", "--data", "/nonexistent", "--generate", "BTCUSD"], 64, "exclude each other"),
            (["serve", "--generate", "fUSD"], 64, "funding"),
            (["serve", "--generate", "btcusd"], 64, "'btcusd' is not a symbol"),
            (["serve", "--generate", "BTCUSD", "--generate-timeframe", "2m"], 64, "'2m' is not a timeframe"),
            (["serve", "--generate", "BTCUSD", "--from", "yesterday"], 64, "--from is 'yesterday'"),
            (["serve", "--generate", "BTCUSD", "--from", "2024-02-30"], 64, "--from is '2024-02-30'"),
            (["serve", "--generate", "BTCUSD", "--to", "2024-02-01T25:00:00Z"], 64, "--to is '2024-02-01T25:00:00Z'"),
            (["serve", "--generate", "BTCUSD", "--play-from", "2024-02-01junk"], 64, "as 2024-01-31 or 2024-01-31T12"),
            (["serve", "--generate", "BTCUSD", "--from", "2024-02-01", "--to", "2024-01-01"], 64, "before --to"),
            (["serve", "--generate", "BTCUSD", "--from", "1970-01-01"], 64, "between the years"),
            (["serve", "--generate", "BTCUSD", "--quiet", "1"], 64, "--quiet is '1.0'"),
            (["serve", "--generate", "BTCUSD", "--port", "70000"], 64, "--port is '70000'"),
            (["serve", "--generate", "BTCUSD", "--rate-limit", "0"], 64, "--rate-limit is '0'"),
            (["serve", "--generate", "BTCUSD", "--play-from", "noon"], 64, "--play-from is 'noon'"),
            (["serve", "--generate", "BTCUSD", "--speed", "0"], 64, "--speed is '0.0'"),
            (["serve", "--generate", "BTCUSD", "--ws-update-ms", "0"], 64, "--ws-update-ms is '0'"),
            (["serve", "--generate", "BTCUSD", "--ws-channel-limit", "0"], 64, "--ws-channel-limit is '0'"),
            (["serve", "--generate", "BTCUSD", "--ws-connection-limit", "0"], 64, "--ws-connection-limit is '0'"),
            (
                [
                    "serve", "--generate", "BTCUSD", "--host", "203.0.113.7", "--from", "2024-01-01", "--to",
                    "2024-01-02",
                ], 69,
                "cannot listen on 203.0.113.7:0"
            ),
            (["serve", "--generate", "BTCUSD", "--nonsense"], 64, "--nonsense"), (["nonsense"], 64, "nonsense"),
        ] as [([String], Int32, String)])
    func `bad input is one clear sentence`(arguments: [String], status: Int32, words: String) throws {
        let finished = try Self.run(arguments)
        #expect(finished.status == status)
        #expect(finished.errors.contains(words))
        #expect(finished.output.isEmpty)
    }

    @Test func `a broken file is named before anything is served`() throws {
        let folder = try RecordedFolderTests.folder(["BTCUSD_1m_2024.jsonl": ["[1704067200000,1,2,3,4,5]", "oops"]])
        defer { try? FileManager.default.removeItem(at: folder) }
        let finished = try Self.run(["serve", "--data", folder.path])
        #expect(finished.status == 69)
        #expect(finished.errors.contains("line 2 of '"))
        #expect(finished.errors.split(separator: "\n").map { $0.prefix(5) } == ["Error", "Try: "])
    }

    @Test func `the help has an example`() throws {
        let finished = try Self.run(["serve", "--help"])
        #expect(finished.status == 0)
        #expect(finished.output.contains("bitfinex-replay serve --data recordings"))
    }
}
