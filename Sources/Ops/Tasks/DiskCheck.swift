package import Alerts
package import Health
package import Scheduler

/// Looks whether the folders that we write to have room.
package struct DiskCheck: Sendable {
    private static let source = "disk"
    private static let rule = "disk-full"

    private let room: @Sendable () -> [DiskRoom]
    private let alerts: any AlertSink

    package init(alerts: any AlertSink, room: @escaping @Sendable () -> [DiskRoom]) {
        self.room = room
        self.alerts = alerts
    }

    package func run() async throws -> TaskResult {
        let rooms = room()
        for room in rooms {
            guard let severity = room.severity else {
                await alerts.resolve(
                    source: Self.source, rule: Self.rule, target: room.path,
                    message: "\(room.path) has room again: \(room.free.gigabytes) GB free")
                continue
            }
            await alerts.raise(
                Alert(
                    source: Self.source, rule: Self.rule, target: room.path, severity: severity,
                    message: "\(room.path) has \(room.free.gigabytes) of \(room.total.gigabytes) GB left",
                    hint: "remove what is not needed, or move BACKUP_DIR and LOG_DIR to a larger disk"))
        }
        guard let least = rooms.min(by: { $0.free < $1.free }) else { return .idle("no folder to look at") }
        return .done("\(least.free.gigabytes) GB free at \(least.path)")
    }
}
