import BitfinexReplay
import Candles
import Foundation
import Gzip
import Testing

/// The real recordings, where there are any: they are not part of the project.
enum Recordings {
    /// What `CRYPTOTRADER_DATA` names, or `../shared/data/bitfinex` beside the checkout.
    static let folder: URL? = {
        let checkout = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let named = ProcessInfo.processInfo.environment["CRYPTOTRADER_DATA"].map { URL(filePath: $0) }
        let folder = named ?? checkout.deletingLastPathComponent().appending(path: "shared/data/bitfinex")
        return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
    }()

    static let files: [String] = {
        let names = folder.flatMap { try? FileManager.default.contentsOfDirectory(atPath: $0.path) } ?? []
        return names.filter { $0.hasSuffix(".jsonl.gz") }.sorted()
    }()
}

@Suite(
    "Recorded candles", .timeLimit(.minutes(2)),
    .enabled(if: Recordings.folder != nil, "no recordings: set CRYPTOTRADER_DATA"))
struct RecordedCandlesTests {
    @Test(arguments: Recordings.files) func `every recorded row is served as it was printed`(name: String) async throws
    {
        let folder = try #require(Recordings.folder)
        let series = try #require(try Self.series(name))
        let expected = try Self.text(of: folder.appending(path: name))
        let range = "sort=1&limit=10000&end=\(Self.time(of: expected.lastRow))"
        let served = try await Replay.run(try RecordedFolder(folder)) { replay async throws -> [UInt8] in
            var served: [UInt8] = []
            var start = Self.time(of: expected)
            while true {
                let path = "/v2/candles/trade:\(series.timeframe):\(series.symbol.exchangeName)/hist"
                let page = Array(try await replay.get("\(path)?\(range)&start=\(start)").text.utf8)
                guard page.count > 2 else { return served }
                if !served.isEmpty { served.append(UInt8(ascii: ",")) }
                served += page.dropFirst().dropLast()
                start = Self.time(of: page.lastRow) + 1
                if start > Self.time(of: expected.lastRow) { return served }
            }
        }
        #expect(served == expected)
    }

    private static func series(_ name: String) throws -> Series? {
        let parts = name.split(separator: "_")
        return Series(symbol: try Symbol(String(parts[0])), timeframe: try Timeframe(String(parts[1])))
    }

    /// The file's rows, comma-joined.
    private static func text(of file: URL) throws -> [UInt8] {
        var text: [UInt8] = []
        try Gzip.inflate(contentsOf: file) { text.append(copying: $0) }
        if text.last == UInt8(ascii: "\n") { text.removeLast() }
        return text.map { $0 == UInt8(ascii: "\n") ? UInt8(ascii: ",") : $0 }
    }

    /// The open time of the row that begins the text.
    private static func time(of row: some Sequence<UInt8>) -> Int64 {
        Int64(String(decoding: Array(row.dropFirst().prefix(13)), as: UTF8.self)) ?? 0
    }
}

extension [UInt8] {
    fileprivate var lastRow: ArraySlice<UInt8> { self[(lastIndex(of: UInt8(ascii: "[")) ?? 0)...] }
}
