import TestSupport
import Testing

@testable import Alerts

@Suite("Alert key") struct AlertKeyTests {
    @Test(arguments: [
        ("Backup", "disk-full", "/data at 93.5 %", "backup/disk-full//data at #.# %"),
        ("manual", "Price   is 45s\nold", "", "manual/price is #s old/"),
        ("manual", "age=45s, lag=3", "", "manual/age=#s, lag=#/"),
        ("watchdog", "frozen", "bot1", "watchdog/frozen/bot1"),
        ("gaps", "unknown", "BTCUSD-15m", "gaps/unknown/btcusd-15m"),
        ("jobs", "failed", "run-20240131 pid4711", "jobs/failed/run-# pid#"),
        ("a/b", "c", "", #"a\/b/c/"#), ("a", "b/c", "", #"a/b\/c/"#), ("a", "b", "c/d", "a/b/c/d"),
        (#"a\"#, "b", "c", #"a\\/b/c"#), ("caf\u{E9}", "b", "c", "caf\u{E9}/b/c"),
    ])
    func `numbers are no part of it, but names keep theirs`(source: String, rule: String, target: String, key: String) {
        #expect(AlertKey(source: source, rule: rule, target: target).description == key)
    }

    @Test func `what looks the same is the same, byte for byte`() {
        let one = AlertKey(source: "caf\u{E9}", rule: "\u{C5}", target: "\u{1E9B}\u{323}").description
        let other = AlertKey(source: "cafe\u{301}", rule: "\u{212B}", target: "\u{1E9B}\u{323}").description
        #expect(Array(one.utf8) == Array(other.utf8))
    }

    @Test func `no two alerts of different parts are one, however their slashes lie`() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        var known: [String: [String]] = [:]
        func text(_ most: Int) -> String {
            String(
                (0..<Int.random(in: 0...most, using: &random)).map { _ in #"ab/\-"#.randomElement(using: &random) ?? "a"
                })
        }
        for round in 0..<20_000 {
            let most = round % 10 == 0 ? 130 : 3
            let parts = [text(most), text(most), text(most)]
            let key = AlertKey(source: parts[0], rule: parts[1], target: parts[2]).description
            #expect(known[key] ?? parts == parts, "seed \(seed): \(key)")
            #expect(key.count <= 120)
            known[key] = parts
        }
    }

    @Test(arguments: [99, 100, 101, 109, 110, 111, 119, 120, 121, 200, 4000])
    func `alerts that begin alike are two, however long they begin alike`(length: Int) {
        let start = String(repeating: "x", count: length)
        for (one, two) in [(start, start + "a"), (start + "a", start + "b"), (start, start + "/")] {
            let alerts = [one, two].flatMap {
                [
                    Alert(source: $0, rule: "r", severity: .critical, message: "m"),
                    Alert(source: "s", rule: $0, severity: .critical, message: "m"),
                    Alert(source: "s", rule: "r", target: $0, severity: .critical, message: "m"),
                ]
            }
            #expect(Set(alerts.map(\.clipped.key)).count == 6)
            #expect(alerts.map(\.clipped.key) == alerts.map(\.key))
        }
    }

    @Test func `a long one stays short, and differs from one that ends otherwise`() {
        let long = String(repeating: "x", count: 500)
        let one = AlertKey(source: "a", rule: long + "one", target: "t").description
        let two = AlertKey(source: "a", rule: long + "two", target: "t").description
        #expect(one.count == 120)
        #expect(two.count == 120)
        #expect(one != two)
    }
}
