import Candles
import CommandRuntime
import Foundation
import Frontend
import HTTPServer
import Logging
import Logs
import Storage

/// Builds the concrete parts: the one place of this command that knows them.
struct Composition {
    let settings: FrontendSettings
    private let log: ServiceLog

    init(settings: FrontendSettings) {
        self.settings = settings
        log = settings.logs.service()
    }

    static let now: @Sendable () -> UnixMilliseconds = { UnixMilliseconds(Date().timeIntervalSince1970 * 1000) }

    func logger(_ source: String) -> Logger { log.logger(source) }

    var place: ListenAddress {
        ListenAddress(host: settings.host, port: settings.port, allowedHosts: settings.allowedHosts)
    }

    var databaseLink: DatabaseLink {
        let hosts = OperationsReader(journalFolder: settings.stateFolder, host: Self.host, now: Self.now)
        let rights = RightsNotice(logger: logger("database"))
        let unreadable = UnreadableSeriesNotice(logger: logger("database"))
        return DatabaseLink(
            kind, clock: ContinuousClock(), now: Self.now, logger: logger("database"),
            hosts: { await hosts.operations(statuses: $0) },
            open: { [settings] in
                let reader = try await settings.database.openReader(
                    clock: ContinuousClock(), report: unreadable.tell(of:))
                try await rights.look(at: reader)
                return reader
            })
    }

    /// Another boot at each start, and greater numbers: events are fewer than milliseconds.
    func liveEvents(_ link: DatabaseLink) -> LiveEvents {
        LiveEvents(
            source: link, boot: String(UInt32.random(in: 0...UInt32.max), radix: 16), newest: Int(Self.now()),
            clock: ContinuousClock(), now: Self.now, logger: logger("events"))
    }

    /// - Throws: `PageFault`, or `GzipFault`.
    func service(
        _ link: DatabaseLink, _ live: LiveEvents, onListening: @escaping @Sendable (Int) async -> Void
    ) throws -> FrontendService {
        let identity = ServerIdentity(
            version: ProgramVersion.text, host: Self.host, environment: settings.environment, started: Self.now(),
            boot: live.boot)
        let api = APIAnswers(source: link, identity: identity, now: Self.now, sequence: { live.sequence }) {
            StreamCount(open: live.openStreams, limit: live.streamLimit)
        }
        let pages = try AssetManifest(
            publicFolder: PublicFolder.besideProgram, webAssets: settings.webAssets, clock: ContinuousClock(),
            logger: logger("page"))
        return FrontendService(
            at: place, identity: identity, source: link, live: live, api: api, pages: pages, feeders: [link, pages],
            clock: ContinuousClock(), logger: logger("frontend"), onListening: onListening)
    }

    private static var host: String { ProcessInfo.processInfo.hostName }

    private var kind: DatabaseCondition.Kind {
        switch settings.database {
        case .sqlite: .sqlite
        case .postgres: .postgres
        }
    }
}
