import Foundation
import Logging
import TestSupport
import Testing

@testable import Logs

@Suite("Log entry") struct LogEntryTests {
    private func document(_ entry: LogEntry) throws -> [String: Any] {
        #expect(entry.json.last == UInt8(ascii: "\n"))
        #expect(entry.json.dropLast().allSatisfy { $0 >= 0x20 && $0 != 0x7F })
        let object = try JSONSerialization.jsonObject(with: Data(entry.json))
        return try #require(object as? [String: Any])
    }

    @Test func `a JSON line has time, level, source, message and the fields`() throws {
        let entry = LogEntry(
            time: 1_706_702_400_007, level: .warning, source: "watchdog", message: "no answer",
            fields: ["service": "bot", "tries": .stringConvertible(3), "more": ["a", ["b": "c"]]])
        #expect(
            String(decoding: entry.json, as: UTF8.self) == """
                {"time":"2024-01-31T12:00:00.007Z","level":"warning","source":"watchdog","message":"no answer",\
                "more":["a",{"b":"c"}],"service":"bot","tries":"3"}

                """)
        let heading = "2024-01-31T12:00:00.007Z WARNING watchdog: no answer more="
        #expect(entry.line.hasPrefix(heading) && entry.line.hasSuffix(" service=bot tries=3\n"), "\(entry.line)")
    }

    @Test func `a field never hides the line's own`() throws {
        let entry = LogEntry(
            time: 0, level: .info, source: "s", message: "m",
            fields: ["time": "t", "time_": "u", "message": "v", "level_": "w", "time_zone": "UTC"])
        let document = try document(entry)
        #expect(document.count == 9)
        #expect(document["time_"] as? String == "t" && document["time__"] as? String == "u")
        #expect(document["level__"] as? String == "w" && document["time_zone"] as? String == "UTC")
        #expect(document["message"] as? String == "m")
    }

    @Test(arguments: [-1, 0, 951_782_399_999, 4_102_444_800_000, 1_709_164_800_001])
    func `times are ISO 8601 with milliseconds`(time: Int64) throws {
        let text = String(decoding: LogEntry.stamp(time), as: UTF8.self)
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        #expect(Int64((try style.parse(text).timeIntervalSince1970 * 1000).rounded()) == time)
    }

    @Test func `whatever a message holds, its line is JSON and gives it back`() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let pieces: [String] = [
            "\n", "\r\n", "\"", "\\", "\u{0}", "\u{1b}[31m", "\u{7f}", "\u{85}", "\u{2028}", "é", "👩‍👧", "\u{202e}", " ",
            "}", "{\"time\":", "\t", "\u{fffd}", String(decoding: [0xFF, 0xC0, 0x80, 0xED, 0xA0, 0x80], as: UTF8.self),
        ]
        for _ in 0..<2000 {
            let text = (0..<Int.random(in: 0...12, using: &random)).map { _ in
                pieces.randomElement(using: &random) ?? ""
            }.joined()
            let entry = LogEntry(
                time: 0, level: .error, source: text, message: text, fields: ["x" + text: .string(text)])
            let document = try document(entry)
            #expect(document["message"] as? String == text)
            #expect(document["source"] as? String == text)
            #expect(document["x" + text] as? String == text)
            let line = entry.line
            #expect(line.unicodeScalars.filter { $0.properties.generalCategory == .control } == ["\n"], "\(line)")
            #expect(!line.unicodeScalars.contains("\u{2028}"))
        }
    }
}
