import Host
import Testing

@testable import Watchdog

@Suite("Systemd unit") struct SystemdUnitTests {
    private func status(_ text: String) -> ServiceStatus {
        SystemdUnit.status(Systemctl.properties(in: text)) { ProcessIdentity(pid: $0, startTicks: 7) }
    }

    @Test(arguments: [
        (
            "LoadState=loaded\nActiveState=active\nSubState=running\nMainPID=12\n",
            ServiceStatus.running(main: .init(pid: 12, startTicks: 7))
        ),
        (
            "LoadState=loaded\nActiveState=activating\nSubState=auto-restart\nMainPID=0",
            .changing("activating (auto-restart)")
        ),
        ("LoadState=loaded\nActiveState=deactivating\nSubState=stop-sigterm", .changing("deactivating (stop-sigterm)")),
        ("LoadState=loaded\nActiveState=inactive\nSubState=dead", .stopped("inactive")),
        ("LoadState=loaded\nActiveState=failed\nSubState=failed", .stopped("failed")),
        ("LoadState=not-found\nActiveState=inactive\nSubState=dead", .stopped("not installed")),
        ("LoadState=masked\nActiveState=inactive\nSubState=dead", .stopped("masked")),
        ("", .unknown("systemctl says ''")),
    ])
    func `what systemctl shows is read as a status`(text: String, wanted: ServiceStatus) {
        #expect(status(text) == wanted)
    }
}
