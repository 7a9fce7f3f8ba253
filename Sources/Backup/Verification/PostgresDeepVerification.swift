import Gzip
package import Postgres
import Resilience

/// Restores an archive into a scratch database, compares it, and drops it again.
package struct PostgresDeepVerification: Sendable {
    let settings: PostgresSettings
    let programs: PostgresPrograms

    /// `settings` are of the live database, which only says where and like what the scratch database is made.
    package init(_ settings: PostgresSettings, programs: PostgresPrograms = PostgresPrograms()) {
        self.settings = settings
        self.programs = programs
    }

    /// What is wrong with the archive; nil where nothing is.
    ///
    /// - Throws: What kept anybody from looking: `RestoreFault.mayNotCreate`, `BackupFault.programMissing`,
    ///   `PostgresFault`, `CancellationError`.
    package func problem(
        _ archive: RestoreArchive, progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws -> String? {
        do {
            _ = try await OwnThread.run("ops-verify-check") { try DumpCheck.objects(in: archive) }
        } catch let fault as BackupFault {
            switch fault {
            case .refused, .damaged: return fault.summary
            default: throw fault
            }
        }
        let psql = try await programs.psql(for: settings)
        let scratch = try await ScratchDatabase.create(.verify, like: settings)
        do {
            try await look(at: archive, in: scratch, by: psql, progress)
            await scratch.drop()
            return nil
        } catch {
            let isServerThere = await scratch.maintenance.isAnswering()
            await scratch.drop()
            guard isServerThere, let fault = error as? any Fault, Self.isOfTheArchive(fault) else { throw error }
            return fault.summary
        }
    }

    private func look(
        at archive: RestoreArchive, in scratch: ScratchDatabase, by psql: PostgresPrograms.Found,
        _ progress: @escaping @Sendable (Int) -> Void
    ) async throws {
        let loader = try await PostgresLoader(psql: psql, archive, into: scratch, beside: settings)
        let tables = try await loader.load(archive, progress: progress)
        try await loader.compare(archive, with: tables)
        // As who loaded it: whatever was loaded could stand between us and what we ask for.
        let connection = PostgresConnection(loader.psql.settings)
        try await connection.connect()
        let broken = try await connection.query("SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid").rows
        await connection.close()
        if let index = broken.first?.first ?? nil {
            throw BackupFault.damaged(file: archive.name, problem: "the index \(index) is not valid")
        }
    }

    private static func isOfTheArchive(_ fault: any Fault) -> Bool {
        // A psql that fails may lack memory, a disk or an extension: that says nothing of the archive.
        switch fault {
        case BackupFault.damaged: true
        default: fault is GzipFault && fault.kind == .suspect
        }
    }
}

extension PostgresMaintenance {
    /// Whether the server still does what it is asked.
    fileprivate func isAnswering() async -> Bool {
        (try? await connection.query("SELECT 1")) != nil
    }
}
