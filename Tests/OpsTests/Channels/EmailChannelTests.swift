import Foundation
import Host
import TestSupport
import Testing

@testable import Alerts

@Suite("E-mail", .timeLimit(.minutes(1))) struct EmailChannelTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private func channel(
        to recipients: [String] = ["a@example.org"], server: String? = nil, sendmail: String? = nil,
        deadline: Duration = .seconds(20)
    ) throws -> EmailChannel {
        EmailChannel(
            from: "ct@box.example", to: recipients, server: try server.map { Secret(try #require(URL(string: $0))) },
            deadline: deadline, sendmail: { sendmail }, now: { 1_795_220_086_000 })
    }

    /// A program that is called as sendmail is.
    private func sendmail(_ script: String) throws -> String {
        let path = folder.path("sendmail")
        try "#!/bin/sh\n\(script)\n".write(toFile: path, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        return path
    }

    @Test func `sendmail gets sender and recipients as arguments, and the mail as input`() async throws {
        let program = try sendmail("printf '%s\\n' \"$@\" > '\(folder.path)/args'; cat > '\(folder.path)/mail'")
        try await channel(to: ["a@example.org", "b@example.org"], sendmail: program).deliver(.sample())
        let arguments = try String(contentsOfFile: folder.path("args"), encoding: .utf8)
        #expect(arguments == "-i\n-f\nct@box.example\n--\na@example.org\nb@example.org\n")
        let mail = try String(contentsOfFile: folder.path("mail"), encoding: .utf8)
        #expect(mail.hasPrefix("From: ct@box.example\n") && !mail.contains("\r"))
    }

    @Test(arguments: [
        (75, "channel-unavailable"), (69, "channel-unavailable"), (68, "channel-unavailable"),
        (71, "channel-unavailable"), (74, "channel-unavailable"), (1, "channel-unavailable"), (64, "channel-gone"),
        (67, "channel-gone"), (70, "channel-gone"), (76, "channel-gone"), (77, "channel-gone"), (78, "channel-gone"),
        (65, "channel-refused"),
    ]) func `sendmail's exit codes`(status: Int, code: String) async throws {
        let program = try sendmail("cat > /dev/null; echo 'some words' >&2; exit \(status)")
        let end = try await fault { try await channel(sendmail: program).deliver(.sample()) }
        #expect(end?.code == code)
        #expect(end?.summary.contains("some words") == true)
    }

    @Test func `a sendmail that hangs is ended and has not taken it; of one that was killed nobody can say`()
        async throws
    {
        let program = try sendmail("cat > /dev/null; exec tail -f /dev/null")
        let hung = try await fault {
            try await channel(sendmail: program, deadline: .milliseconds(300)).deliver(.sample())
        }
        #expect(hung?.code == "channel-unavailable")
        let killed = try await fault { try await channel(sendmail: try sendmail("kill -9 $$")).deliver(.sample()) }
        #expect(killed?.code == "channel-unknown-outcome")
    }

    @Test func `a server that is set comes before sendmail`() async throws {
        let program = try sendmail("cat > '\(folder.path)/mail'")
        let end = try await fault {
            try await channel(server: "smtp://127.0.0.1:1", sendmail: program).deliver(.sample())
        }
        #expect(end?.code == "channel-unavailable")
        #expect(!FileManager.default.fileExists(atPath: folder.path("mail")))
    }

    @Test func `sendmail is looked for in PATH, then where systems keep it`() throws {
        let program = try sendmail("")
        #expect(Sendmail.installed(path: "/nowhere:\(folder.path)") == program)
    }

    @Test func `without any way the channel is gone`() async throws {
        #expect(try await fault { try await channel().deliver(.sample()) }?.code == "channel-gone")
    }

    @Test(.enabled(if: Peers.hasVenv, "no aiosmtpd; scripts/test --step venv"))
    func `a mail server gets it through curl, and the password is in no argument`() async throws {
        try await SideProcess.with(Peers.python, [Peers.script("smtp_server.py"), "--login"]) { server in
            let address = "smtp://ops:pass%3Aw%40rd%2F1@127.0.0.1:\(server.firstLine)"
            try await channel(to: ["a@example.org", "b@example.org"], server: address).deliver(.sample(".\n..\nlast"))
            let mail = try #require(server.lines.first.map { try JSONDecoder().decode(Mail.self, from: Data($0.utf8)) })
            #expect(mail.from == "ct@box.example" && mail.to == ["a@example.org", "b@example.org"])
            #expect(mail.user == "ops" && mail.helo == ProcessInfo.processInfo.hostName)
            #expect(
                mail.data.contains("\r\nSubject: [production] CRITICAL watchdog")
                    && mail.data.contains("Auto-Submitted"))
            let wrong = address.replacing("pass", with: "wrong")
            let refused = try await fault { try await channel(server: wrong).deliver(.sample()) }
            #expect(refused?.code == "channel-gone")
            #expect(!String(describing: refused).contains("w%40rd") && !String(describing: refused).contains("w@rd"))
        }
    }

    private struct Mail: Decodable {
        let from: String
        let to: [String]
        let helo: String
        let user: String?
        let data: String
    }

    @Test(
        .enabled(if: Peers.hasVenv, "no aiosmtpd; scripts/test --step venv"),
        arguments: [
            ("nobody", "channel-gone"), ("later", "channel-unavailable"), ("spam", "channel-refused"),
            ("full", "channel-unavailable"), ("drop", "channel-unknown-outcome"),
        ]) func `a mail server's answers`(name: String, code: String) async throws
    {
        try await SideProcess.with(Peers.python, [Peers.script("smtp_server.py")]) { server in
            let channel = try channel(to: ["\(name)@example.org"], server: "smtp://127.0.0.1:\(server.firstLine)")
            #expect(try await fault { try await channel.deliver(.sample()) }?.code == code)
        }
    }

    @Test(.enabled(if: Peers.hasVenv, "no aiosmtpd; scripts/test --step venv"))
    func `one wrong address does not keep the mail from the others`() async throws {
        try await SideProcess.with(Peers.python, [Peers.script("smtp_server.py")]) { server in
            let address = "smtp://127.0.0.1:\(server.firstLine)"
            try await channel(to: ["nobody@example.org", "a@example.org"], server: address).deliver(.sample())
            #expect(server.lines.count == 1)
        }
    }

    @Test func `a server that says nothing, and one that is not there, have not taken it`() async throws {
        try await TinyServer.with { _ in
        } _: { server in
            let silent = try channel(server: "smtp://127.0.0.1:\(server.port)", deadline: .seconds(1))
            #expect(try await fault { try await silent.deliver(.sample()) }?.code == "channel-unavailable")
        }
        let nobody = try channel(server: "smtp://user:secret@127.0.0.1:1")
        let end = try await fault { try await nobody.deliver(.sample()) }
        #expect(end?.code == "channel-unavailable")
        #expect(!"\(String(describing: end)) \(nobody)".contains("secret"))
    }

    @Test(
        arguments: [
            (0, 250, 900, nil), (6, 0, 0, "channel-unavailable"), (7, 0, 0, "channel-unavailable"),
            (28, 220, 0, "channel-unavailable"), (28, 354, 900, "channel-unknown-outcome"),
            (55, 354, 900, "channel-unknown-outcome"), (56, 354, 900, "channel-unknown-outcome"),
            (52, 0, 0, "channel-unavailable"), (55, 550, 0, "channel-gone"), (55, 450, 0, "channel-unavailable"),
            (8, 421, 0, "channel-unavailable"), (8, 554, 900, "channel-refused"), (67, 535, 0, "channel-gone"),
            (67, 0, 0, "channel-gone"), (64, 250, 0, "channel-gone"), (35, 0, 0, "channel-unavailable"),
            (60, 0, 0, "channel-unavailable"), (1, 0, 0, "channel-gone"), (3, 0, 0, "channel-gone"),
        ] as [(Int, Int, Int, String?)]) func `curl's exit codes`(status: Int, code: Int, sent: Int, fault: String?)
    {
        #expect(CurlEnd(status: status, code: code, sent: sent).fault?.code == fault)
    }

    @Test(arguments: [0, 7]) func `the file that curl reads is for its owner alone, and is removed`(status: Int)
        async throws
    {
        let curl = folder.path("curl")
        let script = """
            #!/bin/sh
            cat > '\(folder.path)/config'
            file=$(sed -n 's/^upload-file = "\\(.*\\)"$/\\1/p' '\(folder.path)/config')
            stat -c '%a %n' "$file" > '\(folder.path)/stat'
            echo "$@" > '\(folder.path)/args'
            exit \(status)
            """
        try script.write(toFile: curl, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: curl)
        let server = CurlSMTP(
            server: Secret(try #require(URL(string: "smtps://u:p%22w@mail.example"))), deadline: .seconds(5),
            program: curl)
        let message = EmailMessage(.sample(), from: "ct@box.example", to: ["a@example.org"], id: "1", now: 0)
        let end = try await fault { try await server.send(message) }
        #expect(end?.code == (status == 0 ? nil : "channel-unavailable"))
        let stat = try String(contentsOfFile: folder.path("stat"), encoding: .utf8).split(separator: " ")
        #expect(stat[0] == "600")
        #expect(!FileManager.default.fileExists(atPath: stat[1].trimmingCharacters(in: .newlines)))
        #expect(try String(contentsOfFile: folder.path("args"), encoding: .utf8) == "-q -K -\n")
        let config = try String(contentsOfFile: folder.path("config"), encoding: .utf8)
        #expect(config.contains("ssl-reqd\n") && config.contains("url = \"smtps://u:p%22w@mail.example/"))
    }
}
