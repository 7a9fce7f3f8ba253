import Foundation
import TestSupport
import Testing

@testable import Watchdog

@Suite("Extended pattern", .timeLimit(.minutes(2))) struct ExtendedPatternTests {
    private static let lines = [
        "tick", "a tick b", "ticks", "tic", "VIX 17.3", "Update", "größe 5", "x+y", "aab", "ab", "b", "a.b", "a1",
        "(x)", "  lead",
        "foo_bar", "foo-bar", "aXXa", "x\ty", "[WARN] 3", "{1}", "ä", "Ä", "a|b", "^a", "end$", "\\d",
    ]

    /// The lines that `grep -E` prints; nil where it refuses the pattern, or warns that it may not be what was meant.
    private func grep(_ pattern: String) async throws -> [String]? {
        let text = Self.lines.joined(separator: "\n")
        let script = #"printf '%s\n' "$TEXT" | LC_ALL=C.UTF-8 grep -E -e "$PATTERN""#
        let outcome = try await Command(
            program: URL(filePath: "/bin/sh"), arguments: ["-c", script],
            environment: ["TEXT": text, "PATTERN": pattern, "PATH": "/usr/bin:/bin"]
        ).run()
        if outcome.status > 1 || !outcome.err.isEmpty { return nil }
        return outcome.out.split(separator: "\n").map(String.init)
    }

    private func ours(_ pattern: String) -> [String]? {
        guard let pattern = try? ExtendedPattern(pattern) else { return nil }
        return Self.lines.filter { pattern.matches($0) }
    }

    @Test(arguments: [
        #"\<tick\>"#, #"\btick\b"#, "VIX|Position|Update", "^tick$", "[[:digit:]]+", #"\w+_\w+"#, #"x\+y"#, "a{2}b",
        "(a)(X)\\2a",
        "gr..e", "^.$", "[äÄ]", #"\s"#, #"^\W"#, "a|^b", #"\[WARN\]"#, #"\\d"#, "tick.?", #"\Bick"#, #"a\.b"#,
        "(tick|Update)s?$",
        #"\`tick\'"#, "[^[:alnum:] ]", "ö{1}",
    ])
    func `a pattern matches what grep -E matches`(pattern: String) async throws {
        let found = try #require(try await grep(pattern))
        #expect(ours(pattern) == found)
    }

    @Test(arguments: [
        ("(", "which is no regular expression"), ("[a", "which is no regular expression"),
        (#"\d+"#, #"which 'grep -E' does not know ('\d'); write [0-9]"#),
        (#"a\t"#, #"which 'grep -E' does not know ('\t')"#),
        ("(?i)tick", "which 'grep -E' does not know ('(?')"), ("(?:a)", "which 'grep -E' does not know ('(?')"),
        (#"a\"#, "which ends in a backslash"), (#"\p{L}"#, #"which 'grep -E' does not know ('\p')"#),
    ])
    func `what would match something else than is meant is refused in words`(pattern: String, words: String) {
        #expect { try ExtendedPattern(pattern) } throws: { "\($0)" == words }
    }

    @Test func `random patterns match what grep -E matches, or are refused`() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let pieces = [
            "a", "b", "x", "ä", "tick", ".", "|", "(", ")", "*", "+", "?", "^", "$", "[ab]", "[^a]", #"\<"#, #"\>"#,
            #"\b"#, #"\w"#,
            #"\."#, "{2}", " ", #"\d"#, "[[:upper:]]", "\\",
        ]
        var compared = 0
        for _ in 0..<Effort.rounds(60, long: 3000) {
            let pattern = (0..<Int.random(in: 1...5, using: &random))
                .map { _ in pieces.randomElement(using: &random) ?? "a" }.joined()
            guard let ours = ours(pattern), let theirs = try await grep(pattern) else { continue }
            compared += 1
            #expect(ours == theirs, "seed \(seed): \(pattern)")
        }
        #expect(compared > 10)
    }
}
