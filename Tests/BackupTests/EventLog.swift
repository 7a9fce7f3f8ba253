import Backup
import NIOConcurrencyHelpers

/// Everything that was said while backups were made.
final class EventLog: Sendable {
    private let kept = NIOLockedValueBox<[BackupEvent]>([])

    var events: [BackupEvent] { kept.withLockedValue { $0 } }
    var receive: @Sendable (BackupEvent) -> Void { { [kept] event in kept.withLockedValue { $0.append(event) } } }
}
