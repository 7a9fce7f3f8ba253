package import Candles
package import Logging
import NIOConcurrencyHelpers
package import Resilience
import ServiceLifecycle
package import Storage

/// Keeps the dashboard's database open for reading, and knows when it is away.
package final class DatabaseLink: DashboardSource, Service {
    private struct State {
        var reader: OpenReader?
        var condition: DatabaseCondition
        var version = 0
        /// A read has failed since the last look.
        var isDoubted = false
        var operations: [HostOperations] = []
    }

    private let kind: DatabaseCondition.Kind
    private let open: @Sendable () async throws -> any CandleReader
    private let hosts: @Sendable ([PublishedStatus]) async throws -> [HostOperations]
    private let limits: Limits
    private let clock: any Clock<Duration>
    private let now: @Sendable () -> UnixMilliseconds
    private let logger: Logger
    private let state: NIOLockedValueBox<State>

    /// How long things may take.
    package struct Limits: Sendable {
        /// One read, whatever it is made of.
        package var read = Duration.seconds(5)
        /// After the first failure, growing to `Backoff.cap`.
        package var reopening = Backoff(base: .milliseconds(250), cap: .seconds(5))
        /// How soon a doubt is looked into.
        package var look = Duration.milliseconds(500)
        /// Between two looks whether there still is something to read.
        package var census = Duration.seconds(5)

        package init() {}
    }

    /// `open` opens the database; `hosts` turns what is published in it, and what this host knows of itself, into rows.
    package init(
        _ kind: DatabaseCondition.Kind, limits: Limits = .init(), clock: any Clock<Duration>,
        now: @escaping @Sendable () -> UnixMilliseconds, logger: Logger,
        hosts: @escaping @Sendable ([PublishedStatus]) async throws -> [HostOperations] = { _ in [] },
        open: @escaping @Sendable () async throws -> any CandleReader
    ) {
        self.kind = kind
        self.limits = limits
        self.clock = clock
        self.now = now
        self.logger = logger
        self.hosts = hosts
        self.open = open
        let condition = DatabaseCondition(
            kind: kind, state: .unavailable, message: "the database is being opened", hint: "wait a moment")
        state = NIOLockedValueBox(State(condition: condition))
    }

    package var version: Int { state.withLockedValue { $0.version } }

    package var condition: DatabaseCondition { state.withLockedValue { $0.condition } }

    package func read<T: Sendable>(_ body: @Sendable (any CandleReader) async throws -> T) async throws -> T {
        do {
            while true {
                let (reader, condition) = state.withLockedValue { ($0.reader, $0.condition) }
                guard let reader else { throw DatabaseUnavailable(condition) }
                // Another one has taken its place where it gives nothing.
                if let result = try await reading({ try await reader.use(body) }) { return result }
            }
        } catch let error where error is any Fault {
            state.withLockedValue { $0.isDoubted = true }
            throw error
        }
    }

    package func operations() async throws -> [HostOperations] {
        let isThere = condition.state != .unavailable
        let published = isThere ? try await read { try await $0.hostStatuses() } : []
        let operations = try await hosts(published)
        state.withLockedValue { state in
            if state.operations == operations { return }
            state.operations = operations
            state.version += 1
        }
        return operations
    }

    /// Opens the database, and opens it again wherever it goes away, until graceful shutdown.
    package func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await self.keepOpen() }
        } catch is CancellationError {}
        await take(nil, condition)
    }

    private func keepOpen() async throws {
        var failures = 0
        // Only what has never been there is about to be made.
        var wasThere = false
        var random = SystemRandomNumberGenerator()
        while true {
            do {
                let reader = OpenReader(try await open())
                try await begin(with: reader)
                failures = 0
                wasThere = true
                try await watch(reader)
            } catch let error where !(error is CancellationError) {
                let isMissing = if case StorageFault.notThere = error { true } else { false }
                // Where nobody has made it yet, all that can be read of it is known.
                let isFirst = isMissing && !wasThere
                let condition = isFirst ? .empty(kind) : DatabaseCondition(kind, unavailable: error)
                await take(isFirst ? OpenReader(EmptyCandleReader()) : nil, condition, of: error)
                // What is about to be made, or to be mounted, is awaited without growing slow.
                if isMissing { failures = 1 }
            }
            failures += 1
            try await clock.sleep(for: limits.reopening.delay(attempt: failures, floor: nil, using: &random))
        }
    }

    private func begin(with reader: OpenReader) async throws {
        do {
            await take(reader, try await look(at: reader))
        } catch {
            await reader.retire()
            throw error
        }
    }

    /// Returns never but by an error.
    private func watch(_ reader: OpenReader) async throws {
        var lookedAt = now()
        var hasNews = false
        while true {
            let hasChanged = try await reader.use { [limits] in try await $0.change(within: limits.look) } ?? false
            let isDoubted = state.withLockedValue { state in
                if hasChanged { state.version += 1 }
                defer { state.isDoubted = false }
                return state.isDoubted
            }
            hasNews = hasNews || hasChanged
            let isDue = hasNews && (condition.state != .ok || now() - lookedAt >= limits.census.milliseconds)
            guard isDue || isDoubted else { continue }
            await take(reader, try await look(at: reader))
            lookedAt = now()
            hasNews = false
        }
    }

    /// Whether it answers, and whether there is anything in it.
    private func look(at reader: OpenReader) async throws -> DatabaseCondition {
        let isEmpty = try await reading { [now] in
            try await reader.use { try await $0.glances(now: now()).isEmpty }
        }
        return isEmpty == true ? .empty(kind) : DatabaseCondition(kind: kind, state: .ok)
    }

    /// From now on reads go to `reader`, or are refused with `condition`.
    private func take(_ reader: OpenReader?, _ condition: DatabaseCondition, of error: (any Error)? = nil) async {
        let (before, isNews) = state.withLockedValue { state in
            let before = state.reader
            let isNews = state.condition != condition
            state.reader = reader
            state.condition = condition
            if isNews { state.version += 1 }
            return (before, isNews)
        }
        if isNews { log(condition, error) }
        if let before, before !== reader { await before.retire() }
    }

    private func log(_ condition: DatabaseCondition, _ error: (any Error)?) {
        var metadata: Logger.Metadata = ["state": "\(condition.state.rawValue)"]
        if let error { metadata["fault"] = "\(error)" }
        let level: Logger.Level = condition.state == .unavailable ? .warning : .info
        logger.log(level: level, "the database's state has changed", metadata: metadata)
    }

    /// - Throws: `DatabaseUnavailable` where `body` is not done within the limit of a read.
    private func reading<T: Sendable>(_ body: @Sendable () async throws -> T) async throws -> T {
        try await withoutActuallyEscaping(body) { body in
            try await withDeadline(limits.read, of: clock, orThrow: DatabaseUnavailable(.late(kind)), body)
        }
    }
}

/// The database cannot be read at this moment.
package struct DatabaseUnavailable: Fault, Equatable {
    package let condition: DatabaseCondition

    package var code: String { "dashboard-database-away" }
    package var kind: FaultKind { .unavailable }
    package var origin: FaultOrigin { .database }
    package var disposition: Disposition { .retryable(after: nil) }
    package var summary: String { condition.message ?? "the database cannot be read" }
    package var hint: String? { condition.hint }

    package init(_ condition: DatabaseCondition) { self.condition = condition }
}

extension DatabaseCondition {
    /// There is a database, or will be, and nothing is in it.
    package static func empty(_ kind: Kind) -> DatabaseCondition {
        DatabaseCondition(
            kind: kind, state: .empty, message: "no candles are kept yet",
            hint: "run 'ingest bootstrap', or 'ingest backfill --series BTCUSD-1m --lookback-days 30'; "
                + "if there were candles, see that the disk of the database is mounted first")
    }

    /// A read took longer than it may.
    static func late(_ kind: Kind) -> DatabaseCondition {
        let (message, hint) = words("database-timeout")
        return DatabaseCondition(kind: kind, state: .unavailable, message: message, hint: hint)
    }

    /// Says of an error what a reader of the page may know: no path, no address, no secret.
    package init(_ kind: Kind, unavailable error: any Error) {
        let (message, hint) = Self.words((error as? any Fault)?.code ?? "")
        self.init(kind: kind, state: .unavailable, message: message, hint: hint)
    }

    private static func words(_ code: String) -> (message: String, hint: String) {
        switch code {
        case "database-unreachable", "database-lost":
            ("the database server cannot be reached", "start it, and this goes on by itself")
        case "database-timeout", "dashboard-database-away":
            ("the database does not answer in time", "see what else keeps it busy; this goes on by itself")
        case "database-refused", "database-permission":
            (
                "the database refuses what the dashboard was given to log in with",
                "make a role with 'scripts/create-frontend-role', and name it in FRONTEND_DATABASE_URL"
            )
        case "database-cannot-open", "database-read-only":
            ("the database file cannot be opened", "let the user of 'frontend serve' read it and its folder")
        case "database-not-there":
            (
                "the database has gone",
                "bring its disk or server's data back, and this goes on by itself; or restore a backup with 'ops restore'"
            )
        case "database-not-sqlite":
            ("the file that is named is no database", "name the right one in DATABASE_PATH, or restore a backup")
        case "schema-older":
            ("the database was written by an older version", "run 'ingest migrate' on the host that writes it")
        case "schema-newer":
            ("the database was written by a newer version", "install the newer version here, too")
        case "database-busy":
            ("another process keeps the database locked", "wait until it is done; this goes on by itself")
        default: ("the database cannot be read", "see what 'frontend serve' logs of it")
        }
    }
}
