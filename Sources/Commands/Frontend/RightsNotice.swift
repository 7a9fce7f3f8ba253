import Logging
import NIOConcurrencyHelpers
import Storage

/// Says once that the dashboard was given more than it needs.
struct RightsNotice: Sendable {
    private let logger: Logger
    private let isSaid = NIOLockedValueBox(false)

    init(logger: Logger) { self.logger = logger }

    /// - Throws: `PostgresFault`, where the database cannot be asked.
    func look(at reader: any CandleReader) async throws {
        guard !isSaid.withLockedValue({ $0 }), let postgres = reader as? PostgresCandleReader else { return }
        do {
            guard try await postgres.mayWrite() else { return }
        } catch {
            // A reader that nobody takes is closed by whoever opened it.
            await reader.close()
            throw error
        }
        isSaid.withLockedValue { $0 = true }
        logger.notice(
            "this role may write to the database; 'scripts/create-frontend-role' makes one that may only read, for FRONTEND_DATABASE_URL"
        )
    }
}
