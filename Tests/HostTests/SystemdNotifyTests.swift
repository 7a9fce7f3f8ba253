import Foundation
import TestSupport
import Testing

@testable import Host

struct SystemdNotifyTests {
    @Test func `each call is one message at the path that the environment names`() throws {
        let folder = try ScratchFolder()
        let path = folder.path("notify")
        let receiver = try DatagramReceiver(Array(path.utf8))
        let notify = SystemdNotify(environment: ["NOTIFY_SOCKET": path])
        #expect(notify.ready() && notify.status("loads\nBTCUSD") && notify.watchdog() && notify.stopping())
        let messages = (0..<5).map { _ in receiver.next() }
        #expect(messages == ["READY=1", "STATUS=loads BTCUSD", "WATCHDOG=1", "STOPPING=1", nil])
    }

    @Test func `an abstract name is one without a file`() throws {
        let name = "ct-\(UUID().uuidString)"
        let receiver = try DatagramReceiver([0] + Array(name.utf8))
        #expect(SystemdNotify(environment: ["NOTIFY_SOCKET": "@\(name)"]).ready())
        #expect(receiver.next() == "READY=1")
    }

    @Test(arguments: [
        [:], ["NOTIFY_SOCKET": ""], ["NOTIFY_SOCKET": "vsock:2:1"], ["NOTIFY_SOCKET": "/nowhere/notify"],
        ["NOTIFY_SOCKET": "/" + String(repeating: "x", count: 200)],
    ]) func `without a socket nothing is sent`(environment: [String: String]) {
        #expect(!SystemdNotify(environment: environment).ready())
    }

    @Test(
        arguments: [
            ([:], nil), (["WATCHDOG_USEC": "30000000"], .seconds(30)), (["WATCHDOG_USEC": "0"], nil),
            (["WATCHDOG_USEC": "soon"], nil), (["WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"], nil),
            (
                ["WATCHDOG_USEC": "1000", "WATCHDOG_PID": "\(ProcessInfo.processInfo.processIdentifier)"],
                .milliseconds(1)
            ),
        ] as [([String: String], Duration?)]) func `the watchdog's interval`(
            environment: [String: String], interval: Duration?
        )
    {
        #expect(SystemdNotify(environment: environment).watchdogInterval == interval)
    }
}
