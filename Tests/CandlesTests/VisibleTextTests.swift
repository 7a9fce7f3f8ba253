import Candles
import Foundation
import TestSupport
import Testing

@Suite("Visible text") struct VisibleTextTests {
    @Test(arguments: [
        ("plain, ünïcode \u{1F600} 日本", "plain, ünïcode \u{1F600} 日本"),
        ("x\u{1B}[2J\n  critical forged", "x\\u{1B}[2J\\n  critical forged"),
        ("a\r\u{9B}31m\u{7F}\t", "a\\r\\u{009B}31m\\u{7F}\\t"),
        ("\u{202E}abc\u{2066}\u{2028}", "\\u{202E}abc\\u{2066}\\u{2028}"),
        ("a\\nb", "a\\nb"), ("", ""),
    ]) func `what could steer a terminal is shown by its name`(text: String, shown: String) {
        #expect(text.visible == shown)
        #expect(text.visible.visible == shown)
    }

    @Test func `no random text steers, and a document of JSON keeps its meaning`() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        for _ in 0..<5000 {
            let scalars = (0..<Int.random(in: 0...30, using: &random)).compactMap { _ in
                Unicode.Scalar(UInt32.random(in: 0...(Bool.random(using: &random) ? 0xFF : 0x2FFF), using: &random))
            }
            var text = ""
            text.unicodeScalars.append(contentsOf: scalars)
            let isSteering = text.visible.unicodeScalars.contains { $0.isSteering }
            #expect(!isSteering)
            let document = String(decoding: try JSONEncoder().encode([text]), as: UTF8.self).visibleInJSON
            #expect(!document.unicodeScalars.contains { $0.isSteering })
            #expect(try JSONDecoder().decode([String].self, from: Data(document.utf8)) == [text])
        }
    }
}
