package import Candles
package import Journal
package import Postgres
import Resilience
import Storage

/// A Postgres database that a backup can be put into: by way of a scratch database, which then takes its name.
///
/// Readers of the live database go on until the names change. What it was is kept as `NAME_pre_TIME`.
package struct PostgresRestoreTarget: RestoreTarget {
    let settings: PostgresSettings
    let programs: PostgresPrograms
    let journal: Journal
    /// Of which installation the databases are that restores replace.
    let installation: String
    let clock: any Clock<Duration>
    let now: @Sendable () -> UnixMilliseconds
    /// Looks at the live database once it was replaced.
    let look: @Sendable (PostgresSettings, Replacement) async throws -> Void

    package init(
        _ settings: PostgresSettings, programs: PostgresPrograms = PostgresPrograms(), journal: Journal,
        installation: String,
        clock: any Clock<Duration>,
        now: @escaping @Sendable () -> UnixMilliseconds,
        look: @escaping @Sendable (PostgresSettings, Replacement) async throws -> Void = { try await $1.check($0) }
    ) {
        (self.settings, self.programs, self.journal) = (settings, programs, journal)
        (self.clock, self.now, self.look) = (clock, now, look)
        self.installation = installation
    }

    package var type: BackupType { .postgres }
    package var database: String { DatabaseLocation.postgres(settings).identity }
    package var name: String { settings.database }

    package func contents() async throws -> DatabaseContents? {
        guard let connection = try await connectToLive() else { return nil }
        do {
            let newest = try await PostgresContents.newestCandle(connection)
            let version = try await connection.transaction { try $0.candleSchemaVersion() }
            await connection.close()
            return DatabaseContents(
                tables: try await PostgresTableSums(settings: settings).counts(), newestCandle: newest,
                schemaVersion: version)
        } catch PostgresFault.server(let sqlstate, let message, _)
            where sqlstate.hasPrefix("XX") || sqlstate.hasPrefix("58")
        {
            await connection.close()
            throw BackupFault.sourceDamaged(database: database, problem: message)
        }
    }

    /// - Throws: `JournalFault.busy` for writers of this host, `StorageFault.busy` for others.
    package func withoutWriters<T>(_ body: () async throws -> T) async throws -> T {
        let lock = try journal.lockWriters(of: database, exclusive: true)
        defer { lock.release() }
        guard let connection = try await connectToLive() else { return try await body() }
        try await connection.withoutTimeouts()
        guard try await connection.tryLock(WriterLock.name) else {
            await connection.close()
            throw StorageFault.busy(database: database)
        }
        do {
            let value = try await body()
            await connection.close()
            return value
        } catch {
            await connection.close()
            throw error
        }
    }

    /// - Throws: `RestoreFault`, `BackupFault.programMissing`, `PostgresFault`, `CancellationError`.
    package func replace(
        with archive: RestoreArchive, mark: @escaping @Sendable (_ id: String?) async throws -> Void,
        emit: @escaping @Sendable (BackupEvent) -> Void
    ) async throws {
        let psql = try await programs.psql(for: settings)
        let scratch = try await ScratchDatabase.create(.restore, like: settings)
        do {
            try await mark(fill(scratch, from: archive, by: psql, emit))
        } catch {
            await scratch.drop()
            throw error is CancellationError ? error : rolledBack(by: error)
        }
        emit(.restoring("giving it the name \(name)"))
        try await PostgresReplacing(target: self, scratch: scratch).run()
    }

    package func foreignObjects(in archive: RestoreArchive) async throws -> [String] {
        try await OwnThread.run("ops-restore-check") { try DumpCheck.objects(in: archive) }
    }

    package func canSwapBack() async throws -> Bool {
        let maintenance = try await PostgresMaintenance.connect(beside: settings)
        let wayBack = try await maintenance.wayBack(of: name, by: installation)
        await maintenance.connection.close()
        return wayBack != nil
    }

    package func swapBack() async throws -> Bool {
        let maintenance = try await PostgresMaintenance.connect(beside: settings)
        guard let newest = try await maintenance.wayBack(of: name, by: installation) else { return false }
        let swap = PostgresSwap(maintenance: maintenance, live: settings)
        var renamings = [PostgresSwap.Renaming(from: newest.name.database, to: name, comment: newest.mark.comment)]
        if try await maintenance.exists(name) {
            let time = now()
            let free = freeName(time, beside: try await maintenance.taken(beside: name))
            let comment = try await maintenance.comment(on: name)
            let mark = ReplacedMark(
                installation: installation, database: name,
                by: try await maintenance.facts(of: newest.name.database)?.oid ?? "", at: time, comment: comment)
            renamings.insert(.init(from: name, to: free, comment: mark.text, before: comment), at: 0)
        }
        try await swap.rename(renamings)
        await maintenance.connection.close()
        return true
    }

    package func currentID() async -> String? {
        guard let connection = try? await connectToLive() else { return nil }
        let id = try? await PostgresContents.databaseID(connection)
        await connection.close()
        return id ?? nil
    }

    package func clean() async throws -> [String] {
        let maintenance = try await PostgresMaintenance.connect(beside: settings)
        var removed: [String] = []
        for purpose in ScratchDatabase.Purpose.allCases {
            removed += try await ScratchDatabase.clean(purpose, beside: settings, maintenance)
        }
        await maintenance.connection.close()
        return removed
    }

    /// Each must be older than retention's time for ways back, by as many good backups as retention always keeps: a clock that
    /// has just jumped makes nothing old.
    package func forgetReplaced(after backups: [UnixMilliseconds]) async throws -> [String] {
        let maintenance = try await PostgresMaintenance.connect(beside: settings)
        let now = now()
        var removed: [String] = []
        let replaced = try await maintenance.replaced(name, by: installation)
        let isClockRight = !replaced.contains { $0.name.time > now + RetentionPolicy.clockSlack }
        // Where the live database is gone, what it was before may be all that is left.
        if isClockRight, try await maintenance.exists(name) {
            for database in replaced where !database.isInUse {
                let due = database.name.time + Self.keptMilliseconds
                guard due < now, backups.count(where: { $0 > due && $0 <= now }) >= RetentionPolicy.minimum else {
                    continue
                }
                if try await maintenance.facts(of: database.name.database)?.isOurs == true,
                    try await maintenance.dropUnused(database.name.database)
                {
                    removed.append(database.name.database)
                }
            }
        }
        await maintenance.connection.close()
        return removed
    }

    /// As long as retention keeps the backups of what was replaced.
    private static let keptMilliseconds = Int64(RetentionPolicy.wayBackDays) * 86_400_000

    /// Nil where there is no such database.
    private func connectToLive() async throws -> PostgresConnection? {
        let connection = PostgresConnection(settings)
        do {
            try await connection.connect()
            return connection
        } catch let refusal as PostgresFault {
            guard case .refused = refusal else { throw refusal }
            let maintenance: PostgresMaintenance
            do {
                maintenance = try await PostgresMaintenance.connect(beside: settings)
            } catch is PostgresFault {
                throw refusal
            }
            let exists = try await maintenance.exists(name)
            await maintenance.connection.close()
            if exists { throw refusal }
            return nil
        }
    }

    func rolledBack(by error: any Error) -> RestoreFault {
        if case let fault as RestoreFault = error { return fault }
        let cause = (error as? any Fault)?.summary ?? "\(error)"
        if let found = cause.firstMatch(of: /permission denied to create (extension "[^"]+"|event trigger "[^"]+")/) {
            return .needsSuperuser(database: database, object: String(found.1), cause: cause)
        }
        return .rolledBack(database: database, cause: cause)
    }

    /// A name that nothing has yet for what the live database is now.
    func freeName(_ time: UnixMilliseconds, beside taken: [ReplacedName]) -> String {
        var candidate = ReplacedName(of: name, at: time)
        while taken.contains(candidate) { candidate = ReplacedName(of: name, at: candidate.time + 1000) }
        return candidate.database
    }
}

extension PostgresRestoreTarget {
    /// Loads the archive and makes the database what the live one is to be.
    ///
    /// Whoever loaded it does all that could run what was loaded: triggers, constraints, the expressions of indexes.
    ///
    /// - Returns: The id that it has then; nil for a database of something else.
    private func fill(
        _ scratch: ScratchDatabase, from archive: RestoreArchive, by psql: PostgresPrograms.Found,
        _ emit: @escaping @Sendable (BackupEvent) -> Void
    ) async throws -> String? {
        emit(.restoring("loading into \(scratch.name)"))
        let loader = try await PostgresLoader(psql: psql, archive, into: scratch, beside: settings)
        let tables = try await loader.load(archive) { [expected = archive.manifest?.raw.bytes ?? 0] in
            emit(.progress(bytes: $0, expected: expected))
        }
        emit(.restoring("comparing the tables"))
        try await loader.compare(archive, with: tables)
        try await loader.refuseActingExpressions(of: archive)
        let loaded = loader.psql.settings
        try await migrate(loaded, emit)
        let id = try await renewID(loaded)
        emit(.restoring("gathering statistics"))
        let connection = PostgresConnection(loaded)
        try await connection.connect()
        try await connection.withoutTimeouts()
        try await connection.query("ANALYZE", deadline: nil)
        await connection.close()
        try await loader.handOver(to: scratch.owner ?? settings.user)
        try await carryOver(to: scratch, emit)
        return id
    }

    /// Brings an older schema of this program up to date; a database of something else stays as it is.
    ///
    /// - Throws: `StorageFault.schemaNewer`.
    private func migrate(_ loaded: PostgresSettings, _ emit: @Sendable (BackupEvent) -> Void) async throws {
        let connection = PostgresConnection(loaded)
        try await connection.connect()
        let version = try await connection.transaction { try $0.candleSchemaVersion() }
        await connection.close()
        guard let version else { return }
        let plan = try MigrationPlan(found: version, migrations: Migration.postgres, database: database)
        if plan.steps.isEmpty { return }
        emit(.restoring("migrating from schema version \(plan.found) to \(plan.known)"))
        let store = try await DatabaseLocation.postgres(loaded).openStore(clock: clock, backup: .waived)
        await store.close()
    }

    /// A job that knew the database before must not take this one for it.
    private func renewID(_ loaded: PostgresSettings) async throws -> String? {
        let connection = PostgresConnection(loaded)
        try await connection.connect()
        if try await connection.transaction({ try $0.candleSchemaVersion() }) != nil {
            try await connection.query(DatabaseID.renewInPostgres)
        }
        let id = try await PostgresContents.databaseID(connection)
        await connection.close()
        return id
    }

    private func carryOver(to scratch: ScratchDatabase, _ emit: @Sendable (BackupEvent) -> Void) async throws {
        guard try await scratch.maintenance.exists(name) else { return }
        emit(.restoring("granting what was granted"))
        let access = try await PostgresAccess(of: settings, for: scratch.name)
        for refusal in try await access.apply(to: settings.naming(database: scratch.name)) {
            emit(.restoring("left out: \(refusal)"))
        }
    }
}
