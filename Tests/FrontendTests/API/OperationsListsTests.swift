import Testing

@testable import Frontend

@Suite struct OperationsListsTests {
    @Test func `the gravest alert and the newest backup come first`() {
        let lists = OperationsLists([Samples.operations])
        #expect(lists.alerts.map(\.severity) == ["critical", "warning", "info"])
        #expect(lists.backups.map(\.file) == ["b.zst", "a.zst", nil])
        #expect(lists.jobs.map(\.id) == ["nas1 realtime BTCUSD-1m", "nas1 task"])
    }

    @Test func `of alerts as grave as each other, the newest comes first, whichever host's it is`() {
        var other = Samples.operations
        other.alerts = [2, 1, 3].map {
            AlertRow(
                id: "b\($0)", host: "nas2", severity: "critical", source: "disk", message: "",
                sinceMs: Samples.now + $0,
                lastMs: Samples.now, count: 1)
        }
        #expect(OperationsLists([Samples.operations, other]).alerts.map(\.id) == ["b3", "b2", "b1", "1", "2", "0"])
    }
}
