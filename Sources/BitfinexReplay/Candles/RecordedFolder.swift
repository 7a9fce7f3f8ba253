package import Candles
package import Foundation
import Gzip
import Resilience

/// Recorded candles: a folder of `SYMBOL_TIMEFRAME_YEAR.jsonl.gz` (or `.jsonl`), one printed row a line.
///
/// Several years of a series are joined. A symbol's colon is written as it is or as an underscore:
/// `DUSK_USD_1m_2021.jsonl.gz`. Other files are left alone.
package struct RecordedFolder: CandleSource {
    private let files: [Series: [URL]]

    /// Lists the folder, without reading the files.
    ///
    /// - Throws: `ReplayFault`
    package init(_ folder: URL) throws {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        } catch {
            throw ReplayFault.unreadableFolder(path: folder.path)
        }
        var files: [Series: [URL]] = [:]
        for name in names.sorted() where name.hasSuffix(".jsonl") || name.hasSuffix(".jsonl.gz") {
            files[try RecordedFolder.series(fileName: name), default: []].append(folder.appending(path: name))
        }
        if files.isEmpty { throw ReplayFault.emptyFolder(path: folder.path) }
        self.files = files
    }

    package var series: [Series] { files.keys.sorted() }

    package func rows(of series: Series) throws -> CandleRows {
        let parts = try (files[series] ?? []).map { (file: $0, rows: try RecordedFile($0).rows()) }
        var joined = CandleRows()
        for part in parts.sorted(by: { ($0.rows.times.first ?? 0) < ($1.rows.times.first ?? 0) }) {
            if let last = joined.times.last, let first = part.rows.times.first, first <= last {
                throw ReplayFault.unorderedRow(path: part.file.path, line: 1)
            }
            joined.append(contentsOf: part.rows)
        }
        return joined
    }

    /// Splits `DUSK_USD_1m_2021.jsonl.gz` from the right.
    static func series(fileName: String) throws -> Series {
        let stem = fileName.prefix { $0 != "." }
        let parts = stem.split(separator: "_")
        guard parts.count >= 3,
            let timeframe = Timeframe(rawValue: String(parts[parts.count - 2])),
            let symbol = try? Symbol(parts.dropLast(2).joined(separator: ":"))
        else { throw ReplayFault.malformedFileName(path: fileName) }
        return Series(symbol: symbol, timeframe: timeframe)
    }
}
