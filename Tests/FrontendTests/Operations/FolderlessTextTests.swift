import TestSupport
import Testing

@testable import Frontend

@Suite struct FolderlessTextTests {
    static let table: [(String, String)] = [
        ("", ""),
        ("nothing to strip", "nothing to strip"),
        ("/home/x/y/z.db", "…/z.db"),
        ("written to /home/jane/logs/a_b.json", "written to …/a_b.json"),
        ("the file /var/lib/a.db is damaged", "the file …/a.db is damaged"),
        ("the file '/home/Jane Doe/My Files/z.db' is damaged", "the file '…/z.db' is damaged"),
        ("the journal /home/Jane Doe/state/journal.db cannot be used", "the journal …/journal.db cannot be used"),
        ("sqlite:/home/x/c.db is locked", "sqlite:…/c.db is locked"),
        ("sqlite:///home/x/c.db, and file:///home/x/d.db", "sqlite://…/c.db, and file://…/d.db"),
        ("look at ~/cryptotrader/.env.", "look at ~/cryptotrader/.env.".replacing("~/cryptotrader", with: "…")),
        ("/home/jane is not writable", "… is not writable"),
        ("/Users/jane: no room", "…: no room"),
        ("(/a/b/c), [/a/b/d]; \"/a/b/e\"", "(…/c), […/d]; \"…/e\""),
        ("moved /a/b to /c/d/", "moved …/b to …/d"),
        // What is no folder stays.
        ("BTC/USD, 3/10 rows/s", "BTC/USD, 3/10 rows/s"),
        ("look up its error in docs/RUNBOOK.md", "look up its error in docs/RUNBOOK.md"),
        ("GET https://api.example/v2/candles?a=/b failed", "GET https://api.example/v2/candles?a=/b failed"),
        ("a / b", "a / b"),
        ("ends with /", "ends with /"),
        // A password never.
        ("postgres://flip:hunter2@db:5432/candles is away", "postgres://db:5432/candles is away"),
        ("smtp://me@x:pa55@mail/x", "smtp://mail/x"),
    ]

    @Test(arguments: table) func `folders go, names and all else stay`(_ text: String, _ expected: String) {
        #expect(FolderlessText.of(text) == expected)
    }

    @Test func `a long text is cut`() {
        #expect(FolderlessText.of(String(repeating: "a", count: 5000)).count == 1000)
        #expect(FolderlessText.of(String(repeating: "/a", count: 5000)).count < 1000)
    }

    @Test func `no folder is ever seen, wherever a path stands`() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        let words = ["cannot", "read", "the", "file:", "(no", "room)", "5/10", "BTC/USD", "→", "–", "é"]
        for _ in 0..<5000 {
            let depth = Int.random(in: 1...6, using: &random)
            let folders = (0..<depth).map { _ in "secret\(Int.random(in: 0..<99, using: &random))" }
            let path = "/" + folders.joined(separator: "/") + "/journal.db"
            let wrapped = [
                "\(path)", "'\(path)'", "\"\(path)\"", "(\(path))", "sqlite:\(path)", "\(path):", "file://\(path),",
            ]
            var text = (0..<4).compactMap { _ in words.randomElement(using: &random) }
            text.insert(wrapped.randomElement(using: &random) ?? path, at: Int.random(in: 0...4, using: &random))
            let shown = FolderlessText.of(text.joined(separator: " "))
            #expect(!shown.contains("secret") && shown.contains("…/journal.db"), "seed \(seed): \(text) → \(shown)")
        }
    }
}
