import Candles
import Foundation
import Logging
import NIOConcurrencyHelpers
import Testing

@testable import BitfinexReplayCommand

/// What clients and other programs wrote reaches no terminal and no log as it is.
@Suite("Foreign text", .timeLimit(.minutes(1))) struct ForeignTextTests {
    /// Keeps what it is told.
    private struct Kept: LogHandler {
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]
        let lines: NIOLockedValueBox<[String]>

        subscript(metadataKey key: String) -> Logger.MetadataValue? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let fields = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
            let text = fields.reduce("\(event.message)") { "\($0) \($1.key)=\($1.value)" }
            lines.withLockedValue { $0.append(text + (event.error.map { "\($0)" } ?? "")) }
        }
    }

    private struct Odd: Error, CustomStringConvertible {
        let description = "e\u{1B}[2J"
    }

    @Test func `a log line has nothing in it that steers a terminal or forges a line`() {
        let lines = NIOLockedValueBox<[String]>([])
        var logger = Logger(label: "it", factory: { _ in VisibleLogHandler(Kept(lines: lines)) })
        logger[metadataKey: "id"] = "a\u{1B}]0;b\u{7}"
        logger.error("GET /\u{1B}[2J\nError: forged", metadata: ["path": "\r\u{9B}", "list": ["x\n"]])
        logger.log(level: .error, "failed", error: Odd(), metadata: nil)
        let kept = lines.withLockedValue { $0 }
        #expect(kept.count == 2)
        #expect(kept.allSatisfy { !$0.unicodeScalars.contains(where: \.isSteering) }, "\(kept)")
        #expect(kept.allSatisfy { $0.contains("id=a\\u{1B}]0;b\\u{07}") }, "\(kept)")
    }

    @Test(arguments: [
        ["serve", "--generate", "x\u{1B}[2J"], ["serve", "--from", "x\u{1B}[2J"], ["serve", "--seed", "x\u{1B}[2J"],
        ["serve", "--data", "x\u{1B}[2J"], ["\u{1B}[2J"], ["serve", "--generate", "BTCUSD", "--host", "x\u{1B}[2J"],
    ])
    func `no argument steers the terminal`(arguments: [String]) throws {
        let folder = try #require(Bundle.main.executableURL?.deletingLastPathComponent())
        let (process, errors) = (Process(), Pipe())
        process.executableURL = folder.appending(path: "bitfinex-replay")
        process.arguments = arguments
        process.standardError = errors
        try process.run()
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus > 0 && !text.contains("\u{1B}"), "\(text)")
    }
}
