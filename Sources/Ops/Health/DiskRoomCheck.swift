import Alerts
package import Host
import HostStatus

/// Looks whether the disks that we write to have room.
package struct DiskRoomCheck: Check {
    private let rooms: [DiskRoom]

    package init(_ rooms: [DiskRoom]) { self.rooms = rooms }

    package func findings() async -> [Diagnosis] { rooms.map(disk) }

    private func disk(_ room: DiskRoom) -> Diagnosis {
        let disk = HostStatus.Disk(room)
        let what = "\(disk.freeGb) of \(disk.totalGb) GB are free at \(disk.path)"
        switch room.severity {
        case nil, .info: return .fine("disk", what)
        case .warning: return .warning("disk", what, do: "make room before it is full")
        case .critical: return .broken("disk", what, do: "make room now: nothing can be stored soon")
        }
    }
}
