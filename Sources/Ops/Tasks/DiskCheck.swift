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
                    message: "\(room.path) has room again: \(Self.gigabytes(room.free)) GB free")
                continue
            }
            await alerts.raise(
                Alert(
                    source: Self.source, rule: Self.rule, target: room.path, severity: severity,
                    message: "\(room.path) has \(Self.gigabytes(room.free)) of \(Self.gigabytes(room.total)) GB left",
                    hint: "remove what is not needed, or move BACKUP_DIR and LOG_DIR to a larger disk"))
        }
        guard let least = rooms.min(by: { $0.free < $1.free }) else { return .idle("no folder to look at") }
        return .done("\(Self.gigabytes(least.free)) GB free at \(least.path)")
    }

    private static func gigabytes(_ bytes: Int64) -> String { Tenths(Double(bytes) / 1e9).text }
}

/// A number with one digit after the point, made without Foundation's formatters.
struct Tenths {
    private let value: Double

    init(_ value: Double) { self.value = value }

    var text: String {
        let tenths = Int64((abs(value) * 10).rounded())
        return "\(value < 0 && tenths > 0 ? "-" : "")\(tenths / 10).\(tenths % 10)"
    }
}
