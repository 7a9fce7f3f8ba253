import Candles
import CommandRuntime
import Foundation
import Frontend
import Logging
import Storage

/// Builds the concrete parts: the one place of this command that knows them.
struct Composition {
    let settings: FrontendSettings

    static let now: @Sendable () -> UnixMilliseconds = { UnixMilliseconds(Date().timeIntervalSince1970 * 1000) }

    func logger(_ source: String) -> Logger {
        let level = Logger.Level(rawValue: settings.logs.level) ?? .info
        return Logger(label: source) { StandardErrorLog(source: $0, level: level) }
    }

    var place: FrontendPlace {
        FrontendPlace(host: settings.host, port: settings.port, allowedHosts: settings.allowedHosts)
    }

    var databaseLink: DatabaseLink {
        DatabaseLink(kind, clock: ContinuousClock(), now: Self.now, logger: logger("database")) { [settings] in
            try await CandleReaders.open(settings.database, clock: ContinuousClock())
        }
    }

    func service(
        _ link: DatabaseLink, onListening: @escaping @Sendable (Int) async -> Void
    ) -> FrontendService {
        let live = LiveEvents(
            source: link, boot: String(UInt32.random(in: 0...UInt32.max), radix: 16), clock: ContinuousClock(),
            now: Self.now, logger: logger("events"))
        return FrontendService(
            at: place, version: ProgramVersion.text, environment: settings.environment, source: link, live: live,
            api: APIAnswers(source: link) { live.sequence }, feeders: [link], clock: ContinuousClock(),
            logger: logger("frontend"), onListening: onListening)
    }

    private var kind: DatabaseCondition.Kind {
        switch settings.database {
        case .sqlite: .sqlite
        case .postgres: .postgres
        }
    }
}
