import Foundation
import TestSupport
import Testing

@testable import Alerts

@Suite("Desktop", .timeLimit(.minutes(1))) struct DesktopChannelTests {
    private func channel(_ program: String = "notify-send", bus: String = "unix:path=/nowhere") -> DesktopChannel {
        DesktopChannel(program: program, environment: ["DBUS_SESSION_BUS_ADDRESS": bus])
    }

    @Test func `the arguments`() {
        let arguments = DesktopChannel.arguments(.sample("a < b & c", target: "-x"))
        #expect(
            arguments == [
                "-a", "cryptotrader", "-u", "critical", "-t", "0", "-c", "device.error", "-i", "dialog-error", "-h",
                "string:x-canonical-private-synchronous:a1b2c3", "--",
                "[production] CRITICAL watchdog: series-stale -x",
                "a &lt; b &amp; c\nTry: look at the log\nid a1b2c3 · since 2026-11-21T00:13:20Z · box.example",
            ])
        let over = DesktopChannel.arguments(.sample(kind: .resolved))
        #expect(over.contains("low") && over.contains("dialog-information") && over.contains("10000"))
        #expect(DesktopChannel.arguments(.sample(severity: .warning)).contains("normal"))
        let long = DesktopChannel.arguments(.sample(String(repeating: "x", count: 9000))).last ?? ""
        #expect(long.count < 900 && long.contains("id a1b2c3"))
    }

    @Test(arguments: ["/nowhere/notify-send", "/bin/false"])
    func `where no desktop is, nobody is there`(program: String) async throws {
        let end = try await fault { try await channel(program).deliver(.sample()) }
        #expect(end?.code == "channel-unattended")
    }

    @Test func `a program that hangs is ended after three seconds`() async throws {
        let folder = try ScratchFolder()
        let program = folder.path("hang")
        try "#!/bin/sh\nexec tail -f /dev/null\n".write(toFile: program, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        let end = try await fault { try await channel(program).deliver(.sample()) }
        #expect(end?.summary.contains("did not end within 3 s") == true)
    }

    @Test(.enabled(if: Peers.has("notify-send"), "no notify-send; apt-get install libnotify-bin"))
    func `notify-send without a bus finds nobody`() async throws {
        let end = try await fault { try await channel().deliver(.sample()) }
        #expect(end?.code == "channel-unattended")
    }

    @Test(.enabled(if: Peers.hasDesktop, "no desktop bus; apt-get install libnotify-bin dbus python3-dbusmock"))
    func `a notification daemon gets it, and the next one takes its place`() async throws {
        let folder = try ScratchFolder()
        let script = [Peers.script("desktop_daemon.py"), folder.path("log")]
        try await SideProcess.with("/usr/bin/python3", script) { daemon in
            let channel = channel(bus: daemon.firstLine)
            try await channel.deliver(.sample("a < b", target: "-x"))
            try await channel.deliver(.sample(kind: .resolved))
            let log = try String(contentsOfFile: folder.path("log"), encoding: .utf8)
            let calls = Array(log.components(separatedBy: " Notify ")[1...])
            try #require(calls.count == 2)
            #expect(calls[0].contains(#""[production] CRITICAL watchdog: series-stale -x" "a &lt; b"#))
            #expect(calls[0].contains(#""urgency": 2"#) && calls[1].contains(#""urgency": 0"#))
            #expect(calls.allSatisfy { $0.contains(#""x-canonical-private-synchronous": "a1b2c3""#) })
        }
    }
}
