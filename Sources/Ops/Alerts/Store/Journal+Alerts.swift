package import Candles
import GRDB
package import Journal
import SQLiteRows

/// The queue of alerts; what is to be told is decided by the caller, in the transaction.
extension Journal {
    /// Changes what a channel knows and is to know, given whether the alert is silenced there and the time.
    package typealias AlertRule = @Sendable (inout AlertDelivery, _ isSilenced: Bool, UnixMilliseconds) -> AlertDecision

    /// Notes that an alert was raised, and lets `rule` decide for each channel.
    ///
    /// The channels are those of the route, and those that other processes tell. `alert` is given the time. `critical` is the severity of which nothing is ever let go; a silence spares the channel
    /// `unsilenced`; `earlier` is taken for the same alert.
    package func raiseAlert(
        _ route: AlertRoute, critical: Int, unsilenced: String, earlier: EarlierAlert? = nil,
        _ alert: @escaping @Sendable (UnixMilliseconds) -> AlertEntry,
        rule: @escaping AlertRule
    ) async throws {
        try await write { [uptime] db, now in
            let table = AlertTable(db: db)
            let ages = try ClockTable(db: db, uptime: uptime()).ages(at: now)
            let newer = alert(now)
            if let earlier { try table.adopt(earlier, as: newer.key) }
            let older = try table.alert(newer.key)
            let entry = older?.raised(again: newer) ?? newer
            try table.save(entry)
            let isSilenced = try SilenceTable(db: db).isSilenced(entry, at: now)
            var news: AlertDecision?
            let known = route.channels + route.excluded
            let others = try ChannelTable(db: db).met(severity: entry.severity, at: ages).filter { !known.contains($0) }
            for channel in route.channels + others {
                var row = try table.delivery(entry.key, channel) ?? AlertDelivery(key: entry.key, channel: channel)
                let decision = rule(&row, isSilenced && channel != unsilenced, now)
                try table.save(row)
                if decision.isNews { news = news == .escalated ? news : decision }
                if decision.isNews || decision == .held { try table.trimPending(of: channel, critical: critical) }
            }
            if let news { try table.note(news, of: entry, at: now, ages: ages) }
            if older == nil { try table.forget(ages: ages) }
        }
    }

    /// Notes that an alert is over, and lets `rule` decide for each channel; without effect where it is not firing.
    package func resolveAlert(
        _ key: String, message: String, earlier: EarlierAlert? = nil, rule: @escaping AlertRule
    ) async throws {
        var isFiring = try await isFiring(key)
        if let earlier, !isFiring { isFiring = try await self.isFiring(earlier.key) }
        if !isFiring { return }
        try await write { [uptime] db, now in
            let table = AlertTable(db: db)
            if let earlier { try table.adopt(earlier, as: key) }
            guard var entry = try table.alert(key), entry.resolvedAt == nil else { return }
            entry.resolvedAt = now
            try table.save(entry)
            var isNews = false
            for var row in try table.deliveries(of: key) {
                isNews = rule(&row, false, now).isNews || isNews
                try table.save(row)
            }
            entry.message = message
            if !isNews { return }
            let ages = try ClockTable(db: db, uptime: uptime()).ages(at: now)
            try table.note(.resolved, of: entry, at: now, ages: ages)
        }
    }

    package func isFiring(_ key: String) async throws -> Bool {
        try await read { db in
            try Bool.fetchOne(
                db, sql: "SELECT EXISTS (SELECT 1 FROM alerts WHERE key = ? AND resolved_at IS NULL)", arguments: [key])
                ?? false
        }
    }

    /// What a channel is to be told next, and the alert; nil where there is nothing now, or where the channel is gone or held.
    ///
    /// `isTold` is given each row that is next, may change it, and says whether nothing is to be told of it after all. The attempt is
    /// noted as begun. Only who holds the channel's lock may ask: else two would tell the same.
    package func takeAlert(
        for channel: String, configuration: String, longestHold: Duration,
        isTold: @escaping @Sendable (inout AlertDelivery, UnixMilliseconds) -> Bool = { _, _ in false }
    ) async throws -> (delivery: AlertDelivery, alert: AlertEntry)? {
        guard try await hasPending(for: channel) else { return nil }
        return try await write { db, now in
            let hold = longestHold.milliseconds
            guard try ChannelTable(db: db).isOpen(channel, configuration: configuration, at: now, longestHold: hold)
            else { return nil }
            let table = AlertTable(db: db)
            while var row = try table.next(for: channel, at: now, longestHold: hold),
                let alert = try table.alert(row.key)
            {
                if isTold(&row, now) {
                    try table.save(row)
                    continue
                }
                row.begin(at: now)
                try table.save(row)
                return (row, alert)
            }
            return nil
        }
    }

    /// Notes how an attempt ended: `rule` is given the row as it is by then.
    package func recordAlert(
        _ key: String, channel: String, rule: @escaping @Sendable (inout AlertDelivery, UnixMilliseconds) -> Void
    ) async throws {
        try await write { db, now in
            let table = AlertTable(db: db)
            guard var row = try table.delivery(key, channel) else { return }
            rule(&row, now)
            try table.save(row)
        }
    }

    private func hasPending(for channel: String) async throws -> Bool {
        try await read { db in
            try Bool.fetchOne(
                try db.cachedStatement(
                    sql: """
                        SELECT EXISTS (SELECT 1 FROM deliveries WHERE channel = ? AND pending_kind IS NOT NULL)
                        """), arguments: [channel]) ?? false
        }
    }
}
