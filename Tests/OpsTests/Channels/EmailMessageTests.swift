import Foundation
import Testing

@testable import Alerts

@Suite struct EmailMessageTests {
    private func message(_ notice: AlertNotice, to recipients: [String] = ["a@example.org", "b@example.org"]) -> String
    {
        EmailMessage(notice, from: "ct@box.example", to: recipients, id: "ID-1", now: 1_795_220_086_000).text
    }

    private func body(_ text: String) throws -> String {
        let encoded = try #require(text.split(separator: "\n\n", maxSplits: 1).last).replacing("\n", with: "")
        let data = try #require(Data(base64Encoded: String(encoded)))
        return String(decoding: data, as: UTF8.self)
    }

    @Test func `a critical mail has all headers`() throws {
        let text = message(.sample("größer < 5"))
        let head = try #require(text.split(separator: "\n\n", maxSplits: 1).first)
        #expect(
            head == """
                From: ct@box.example
                To: a@example.org,
                 b@example.org
                Subject: [production] CRITICAL watchdog: series-stale BTCUSD-1m
                Date: Sat, 21 Nov 2026 00:14:46 +0000
                Message-ID: <ID-1@box.example>
                In-Reply-To: <alert-a1b2c3@box.example>
                References: <alert-a1b2c3@box.example>
                Auto-Submitted: auto-generated
                MIME-Version: 1.0
                Content-Type: text/plain; charset=utf-8
                Content-Transfer-Encoding: base64
                X-Priority: 1
                Importance: high
                """)
        let body = try body(text)
        #expect(body.contains("größer < 5\r\nTry: look at the log\r\nid a1b2c3"))
    }

    @Test func `nothing but a firing critical one is urgent`() {
        #expect(!message(.sample(severity: .warning)).contains("X-Priority"))
        #expect(!message(.sample(kind: .resolved)).contains("Importance"))
    }

    @Test func `no field adds a header`() {
        let evil = "x\r\nBcc: all@example.org\n\nbody"
        let notice = AlertNotice.sample(evil, target: evil, hint: evil, key: evil, environment: evil)
        let text = message(notice, to: ["a@example.org\r\nBcc: all@example.org"])
        #expect(!text.split(whereSeparator: \.isNewline).contains { $0.hasPrefix("Bcc") })
        #expect(!EmailMessage.encoded(evil, after: "Subject: ").contains { $0.isNewline })
        #expect(text.components(separatedBy: "\n\n").count == 2)
    }

    @Test func `a long subject in any script is words of 75 characters at most`() throws {
        let long = String(repeating: "größe😀 ", count: 200)
        for line in message(.sample(long, target: long, hint: long)).split(separator: "\n") {
            #expect(line.utf8.count <= (line.contains("=?") ? 76 : 78) && line.utf8.allSatisfy { $0 < 127 }, "\(line)")
        }
        let words = EmailMessage.encoded("größe😀=?UTF-8?", after: "Subject: ")
        #expect(words.hasPrefix("=?UTF-8?B?") && words.split(separator: "\n ").allSatisfy { $0.count <= 75 })
    }

    @Test func `no line of the head is too long, and the subject reads as it was written`() throws {
        for length in 0...200 {
            for letter in ["x", "ü", "😀", "\u{20AC}"] {
                let target = String(repeating: letter, count: length)
                let notice = AlertNotice.sample(target: target, key: "s/r/" + target)
                let head = try #require(message(notice).split(separator: "\n\n", maxSplits: 1).first)
                for line in head.split(separator: "\n") {
                    #expect(line.utf8.count <= (line.contains("=?") ? 76 : 78), "\(line)")
                }
                let subject = EmailMessage.encoded("größe " + target, after: "Subject: ")
                let bytes = subject.split(separator: "\n ").compactMap { word in
                    Data(base64Encoded: String(word.dropFirst(10).dropLast(2)))
                }.reduce(Data(), +)
                #expect(String(decoding: bytes, as: UTF8.self) == "größe " + target)
            }
        }
    }

    @Test func `mails about different alerts are different threads`() {
        let long = String(repeating: "x", count: 100)
        let keys = ["a/b/c", "a/bc/", "abc", "a", long, long + "y", "a/b/c/", #"a\/b/c"#]
        let threads = keys.map { key in
            message(.sample(key: key)).split(separator: "\n").first { $0.hasPrefix("References:") }
        }
        #expect(Set(threads).count == keys.count)
    }

    @Test(arguments: [
        ("a@b", true), ("first.last+tag@example.org", true), ("a", false), ("a@b@c", false), ("@b", false),
        ("a@", false),
        ("-oQ/tmp@b", false), ("a b@c", false), ("a@b\nBcc:x", false), ("a@b,c", false), ("ü@b", false),
        ("<a@b>", false),
    ]) func `an address is plain`(text: String, isUsable: Bool) {
        #expect(EmailAddress.isUsable(text) == isUsable)
        #expect(EmailAddress.list(" a@b , ,c@d,") == ["a@b", "c@d"])
    }
}
