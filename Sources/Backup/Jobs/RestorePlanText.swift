import Candles
import Jobs

/// A plan as people read it before they agree.
struct RestorePlanText {
    private let plan: RestorePlan
    private let now: UnixMilliseconds

    init(_ plan: RestorePlan, now: UnixMilliseconds) {
        self.plan = plan
        self.now = now
    }

    var lines: [String] {
        let facts = facts
        let width = facts.map(\.0.count).max() ?? 0
        return facts.map { $0.0 + String(repeating: " ", count: width - $0.0.count) + "  " + $0.1 }
    }

    private var facts: [(String, String)] {
        var facts = [(plan.isUndo ? "undo a restore of" : "replace", plan.database)]
        facts.append(("by", plan.file ?? "the database of before the restore"))
        if let manifest = plan.manifest {
            facts.append(("  made", made(manifest)))
            facts.append(("  verified", verified(manifest)))
            if plan.signature != .unchecked {
                facts.append(("  " + (plan.signature == .ours ? "signature" : "SIGNATURE"), plan.signature.rawValue))
            }
            if manifest.database != plan.database { facts.append(("  ANOTHER DATABASE", manifest.database)) }
            if let suspicion = manifest.suspicion { facts.append(("  SUSPICIOUS", suspicion)) }
        } else if plan.file != nil {
            facts.append(("  NO MANIFEST", "it can be read to its end, and nothing tells what it should hold"))
        }
        facts.append(
            ("newest candle", change(plan.newestNow ?? "none", plan.newestThen, unknown: plan.manifest == nil)))
        for table in plan.tables where table.rowsThen != nil && table.rowsNow != table.rowsThen {
            facts.append(("rows of \(table.name)", change(Self.rows(table.rowsNow), Self.rows(table.rowsThen))))
        }
        for table in plan.drops { facts.append(("DROPPED", "\(table.name), \(Self.count(table.rowsNow ?? 0))")) }
        if let problem = plan.problem { facts.append(("what is there", "cannot be read: \(problem)")) }
        facts.append(("you lose", loss))
        if let room = plan.room {
            facts.append(
                ("room", "\(ByteCount(room.free)) free in \(room.path), about \(ByteCount(room.needed)) needed"))
        }
        facts.append(("the way back", wayBack))
        return facts
    }

    private func made(_ manifest: Manifest) -> String {
        let age = (try? UnixMilliseconds(iso8601: manifest.createdAt)).map { ", \(Age(now - $0)) ago" } ?? ""
        return "\(manifest.createdAt)\(age) (\(manifest.occasion.rawValue)), on \(manifest.host)"
    }

    private func verified(_ manifest: Manifest) -> String {
        let others = manifest.verifications.map { "\($0.depth.rawValue) \($0.at)\($0.passed ? "" : " FAILED")" }
        let words = (plan.isVerifiedNow ? ["just now, from end to end"] : []) + others
        return words.isEmpty ? "never" : words.joined(separator: "; ")
    }

    private func change(_ now: String, _ then: String?, unknown: Bool = false) -> String {
        let then = unknown ? "not known" : then ?? "none"
        return now == then ? "\(now) (the same)" : "\(now) -> \(then)"
    }

    private static func rows(_ count: Int?) -> String { count.map { "\($0)" } ?? "none" }

    private var loss: String {
        if plan.file == nil { return "whatever was written since the restore" }
        guard let rows = plan.rowsLost else { return "whatever is not in the file: nobody can tell" }
        let time = plan.lostMilliseconds.map { ", \(Age($0)) of the newest candles" } ?? ""
        return rows == 0 && time.isEmpty ? "nothing" : Self.count(rows) + time
    }

    private var wayBack: String {
        if plan.file == nil { return "the same command again" }
        if !plan.hasSomethingToSave { return "none is needed: nothing is there" }
        return plan.makesSafetyBackup ? "a backup of what is there, made first" : "NONE"
    }

    private static func count(_ rows: Int) -> String { rows == 1 ? "1 row" : "\(rows) rows" }
}
