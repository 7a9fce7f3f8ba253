import Alerts
import Candles
import CommandRuntime
import Foundation
import Health
import Host
import HostStatus
import Journal
import Scheduler
import Storage

/// Writes the daily report, and tells people its summary.
struct StatusReportTask: Sendable {
    static let file = "infrastructure_status.json"

    let parts: Composition
    let alerts: any AlertSink

    func run() async throws -> TaskResult {
        let report = await HostReporter(parts: parts).report()
        let folder = parts.settings.logs.folder
        let url = folder.appending(path: Self.file)
        let document = try report.json(pretty: true) + "\n"
        do {
            try DurableFile.replace(url.path, by: Array(document.utf8))
        } catch {
            throw FileFault.notWritten(path: url.path, reason: "\(error)")
        }
        await alerts.raise(
            Alert(source: "report", rule: "daily-report", severity: .info, message: report.summary))
        return .done("written to \(url.path)")
    }
}

/// Publishes in the database what this host says of itself, so that a dashboard elsewhere can show it.
struct HostStatusTask: Sendable {
    let parts: Composition

    func run() async throws -> TaskResult {
        guard parts.hasDatabase else { return .idle("there is no database yet") }
        let report = await HostReporter(parts: parts).report()
        let document = try report.json()
        let journal = try parts.journal()
        // Nothing is opened while a restore by this host puts another file in its place.
        let opening = try journal.lockWriters(of: parts.settings.database.identity, exclusive: false)
        defer { opening.release() }
        try await parts.withStore { store in
            try await WriterLock.share(store, journal: journal) {
                try await store.publish(status: document, of: report.host, at: Composition.now())
            }
        }
        return .done("\(document.utf8.count) bytes")
    }
}
