import Candles
import Foundation
import Gzip

/// One file of recorded rows.
struct RecordedFile {
    private let file: URL
    private var result = CandleRows()
    private var line = 0

    init(_ file: URL) { self.file = file }

    /// Reads every row; blocks on the file.
    ///
    /// - Throws: `ReplayFault` naming the file and the line.
    consuming func rows() throws -> CandleRows {
        do {
            try LineBlocks.read(file) { try append($0) }
        } catch let fault as GzipFault {
            throw ReplayFault.unreadableFile(path: file.path, reason: fault.summary)
        }
        return result
    }

    private mutating func append(_ block: LineBlocks.Block) throws {
        var times: [UnixMilliseconds] = []
        times.reserveCapacity(block.ends.count)
        var start = 0
        var last = result.times.last ?? .min
        for end in block.ends {
            line += 1
            guard let time = RecordedFile.openTime(block.bytes, start..<end) else {
                throw ReplayFault.malformedRow(path: file.path, line: line)
            }
            guard time > last else { throw ReplayFault.unorderedRow(path: file.path, line: line) }
            times.append(time)
            last = time
            start = end + 1
        }
        result.append(times, block: block.bytes, ends: block.ends)
    }

    /// The time in `[1483228800000,…]`: always 13 digits since 2001.
    private static func openTime(_ bytes: [UInt8], _ row: Range<Int>) -> UnixMilliseconds? {
        let digits = 13
        guard row.count > digits + 10, bytes[row.lowerBound] == UInt8(ascii: "["),
            bytes[row.lowerBound + digits + 1] == UInt8(ascii: ","), bytes[row.upperBound - 1] == UInt8(ascii: "]")
        else { return nil }
        var time: UnixMilliseconds = 0
        for index in row.lowerBound + 1...row.lowerBound + digits {
            let digit = bytes[index] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            time = time * 10 + UnixMilliseconds(digit)
        }
        return time
    }
}
