import BitfinexReplay
import Candles
import Foundation
import Gzip
import NIOCore
import Testing

@Suite("Recorded folder") struct RecordedFolderTests {
    private static let rows = HandWritten.minutes(0..<30)

    /// A folder with these files, each given as rows; `.gz` is compressed.
    static func folder(_ files: [String: [String]]) throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "replay-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (name, rows) in files {
            let text = [UInt8](rows.map { $0 + "\n" }.joined().utf8)
            try Data(name.hasSuffix(".gz") ? try Gzip.deflate(text) : text).write(to: folder.appending(path: name))
        }
        return folder
    }

    private func read(_ files: [String: [String]], _ series: Series = .btc(.minute1)) throws -> CandleRows {
        let folder = try Self.folder(files)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try RecordedFolder(folder).rows(of: series)
    }

    @Test func `the years of a series are joined by time, compressed or not`() throws {
        let rows = try read([
            "BTCUSD_1m_2017b.jsonl": Array(Self.rows[..<10]), "BTCUSD_1m_2017a.jsonl.gz": Array(Self.rows[10...]),
            "README.md": ["not a candle"],
        ])
        #expect(String(buffer: rows.text(0..<rows.count)) == Self.rows.joined(separator: ","))
        #expect(rows.times == (0..<30).map { HandWritten.start + $0 * 60_000 })
    }

    @Test(arguments: ["DUSK_USD_1m_2021.jsonl", "DUSK:USD_1m_2021.jsonl.gz"])
    func `a colon may be an underscore`(name: String) throws {
        let series = Series(symbol: try Symbol("DUSK:USD"), timeframe: .minute1)
        #expect(try read([name: Self.rows], series).count == 30)
    }

    @Test(arguments: ["BTCUSD.jsonl", "BTCUSD_1m.jsonl.gz", "BTCUSD_2m_2017.jsonl", "btcusd_1m_2017.jsonl"])
    func `a file whose name says nothing is refused`(name: String) throws {
        #expect(throws: ReplayFault.malformedFileName(path: name)) { try read([name: Self.rows]) }
    }

    @Test(arguments: [
        "[1704067200000,1,2,3", "{}", "", "[1704067200,1,2,3,4,5.00000]", "[170406720x000,1,2,3,4,5]",
    ])
    func `a line that is no candle is named`(line: String) throws {
        let fault = #expect(throws: ReplayFault.self) {
            try read(["BTCUSD_1m_2017.jsonl": Array(Self.rows[..<2]) + [line] + Array(Self.rows[3...])])
        }
        #expect(fault?.code == "replay-data")
        #expect(fault?.summary.hasPrefix("line 3 of '") == true)
    }

    @Test func `rows out of order are refused, within a file and across files`() throws {
        let within = #expect(throws: ReplayFault.self) {
            try read(["BTCUSD_1m_2017.jsonl": [Self.rows[1], Self.rows[0]]])
        }
        #expect(within?.summary.contains("line 2 of") == true)
        #expect(throws: ReplayFault.self) {
            try read(["BTCUSD_1m_1.jsonl": Array(Self.rows[..<9]), "BTCUSD_1m_2.jsonl": Array(Self.rows[8...])])
        }
    }

    @Test func `a missing folder, an empty one and a cut file are told apart`() throws {
        #expect(throws: ReplayFault.unreadableFolder(path: "/nonexistent")) {
            try RecordedFolder(URL(filePath: "/nonexistent"))
        }
        let empty = try Self.folder([:])
        #expect(throws: ReplayFault.emptyFolder(path: empty.path)) { try RecordedFolder(empty) }
        let cut = empty.appending(path: "BTCUSD_1m_2017.jsonl.gz")
        try Data(try Gzip.deflate([UInt8](Self.rows.joined(separator: "\n").utf8)).dropLast(9)).write(to: cut)
        let fault = #expect(throws: ReplayFault.self) { try RecordedFolder(empty).rows(of: .btc(.minute1)) }
        #expect(fault?.code == "replay-data")
        try FileManager.default.removeItem(at: empty)
    }
}
