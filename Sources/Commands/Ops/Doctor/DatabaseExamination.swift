import Backup
import Candles
import CommandRuntime
import Jobs
import Resilience
import Storage
import Tasks

/// Looks at the database: whether it answers, is of this program's schema, is up to date, and is backed up.
struct DatabaseExamination: Sendable {
    private static let area = "database"

    let parts: Composition

    func findings() async -> [Diagnosis] {
        guard parts.hasDatabase else {
            return [
                .warning(
                    Self.area, "\(parts.settings.database.identity) is not there yet",
                    do: "run 'ingest bootstrap', or name the right one in DATABASE_URL or DATABASE_PATH")
            ]
        }
        let now = Composition.now()
        do {
            let (rows, gaps) = try await parts.withStore { store in
                (try await store.overview(now: now), try await store.gaps(now: now))
            }
            return [.fine(Self.area, "\(parts.settings.database.identity) answers, with \(rows.count) series")]
                + [freshness(gaps, now: now)] + [backups(now: now)]
        } catch let fault as any Fault {
            return [.broken(Self.area, fault.description, do: fault.hint ?? "look up the code in docs/RUNBOOK.md")]
        } catch {
            return [.broken(Self.area, "\(error)", do: "report this line")]
        }
    }

    private func freshness(_ gaps: [Gap], now: UnixMilliseconds) -> Diagnosis {
        let stale = FreshnessCheck.stale(gaps, now: now)
        guard let oldest = stale.first else { return .fine(Self.area, "every series that is kept up to date is fresh") }
        return .warning(
            Self.area, "\(stale.count) series fell behind, \(oldest.series) at \(oldest.since.iso8601)",
            do: "enable the timers of 'scripts/install-user-units', or run 'ingest realtime --series \(oldest.series)'")
    }

    private func backups(now: UnixMilliseconds) -> Diagnosis {
        let subject = RetentionSubject(of: parts.settings.database)
        let backups = (try? parts.folder.backups()) ?? []
        guard let newest = subject.good(among: backups, now: now).last?.name.time else {
            return .warning(Self.area, "there is no good backup of it", do: "run 'ops backup', and enable its timer")
        }
        let age = "the newest good backup is \(Age(now - newest)) old"
        return now - newest < BackupTask.freshFor
            ? .fine(Self.area, age) : .warning(Self.area, age, do: "run 'ops backup', and see why its timer did not")
    }
}
