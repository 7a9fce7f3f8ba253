/// What one host says of its jobs, breakers, alerts and backups; each part is empty where it is not known.
package struct HostOperations: Sendable, Equatable {
    package var host: HostRow
    package var jobs: [JobRow] = []
    package var breakers: [BreakerRow] = []
    package var alerts: [AlertRow] = []
    package var backups: [BackupRow] = []

    package init(host: HostRow) { self.host = host }
}
