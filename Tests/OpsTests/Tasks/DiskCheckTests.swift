import Scheduler
import TestSupport
import Testing

@testable import Alerts
@testable import Health
@testable import Tasks

@Suite("Tasks: disk", .timeLimit(.minutes(1))) struct DiskCheckTests {
    private static let gigabyte: Int64 = 1_000_000_000

    @Test(arguments: [
        // A large disk with 3 GB, a card with 1.5 of 32 GB, one with 0.4 of 32, a small one that is half empty.
        (free: Int64(3), total: Int64(1000), severity: Severity?.none),
        (free: 1, total: 32, severity: .warning), (free: 0, total: 32, severity: .critical),
        (free: 1, total: 4, severity: nil),
    ])
    func `room is judged by bytes and by share`(free: Int64, total: Int64, severity: Severity?) {
        let room = DiskRoom(path: "/data", free: free * Self.gigabyte, total: total * Self.gigabyte)
        #expect(room.severity == severity)
    }

    @Test(arguments: [
        (Int64(0), 0.0), (1, 0.0001), (40_000, 0.0001), (49_000_000, 0.049), (400_000_000, 0.4), (949_999_999, 0.95),
        (950_000_000, 1), (999_999_999, 1), (1_540_000_000, 1.5),
    ])
    func `room that is left is never rounded to none`(bytes: Int64, gigabytes: Double) {
        #expect(bytes.gigabytes == gigabytes)
    }

    @Test func `what is full is told, and what has room again`() async throws {
        let alerts = RecordedAlerts()
        let full = DiskRoom(path: "/data", free: 0, total: 32 * Self.gigabyte)
        let fine = DiskRoom(path: "/backups", free: 20 * Self.gigabyte, total: 32 * Self.gigabyte)
        let result = try await DiskCheck(alerts: alerts) { [full, fine] }.run()
        #expect(result == .done("0.0 GB free at /data"))
        let alert = try #require(alerts.raised.first)
        #expect(alert.severity == .critical && alert.target == "/data")
        #expect(alert.message == "/data has 0.0 of 32.0 GB left")
        #expect(alerts.resolved == ["disk/disk-full//backups"])
    }

    @Test func `a path that is not there yet has the room of the folder above`() throws {
        let folder = try ScratchFolder()
        let room = try #require(DiskRoom(of: folder.path("not/there/yet")))
        #expect(room.total > 0 && room.free > 0 && room.free <= room.total)
    }
}
