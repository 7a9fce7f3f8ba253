package import Candles
import Journal

/// Decides what one channel is told of one alert, and when.
///
/// A window begins when a firing alert was told, and holds as long as the severity says. Within it the alert is only counted,
/// unless it became graver. A moment of telling that lies ahead of now was noted before the clock went back, and holds nothing.
package struct DeliveryRules: Sendable, Equatable {
    /// The shortest time between two messages of one alert.
    package let info: Duration
    package let warning: Duration
    package let critical: Duration

    package init(
        info: Duration = .seconds(3600), warning: Duration = .seconds(1800), critical: Duration = .seconds(300)
    ) {
        self.info = info
        self.warning = warning
        self.critical = critical
    }

    package func window(_ severity: Severity) -> Duration {
        switch severity {
        case .info: info
        case .warning: warning
        case .critical: critical
        }
    }

    /// No wait is longer: what says so was noted before the clock went back.
    package var longestHold: Duration { max(info, warning, critical, .seconds(3600)) }

    /// The alert was raised.
    package func raised(
        _ row: inout AlertDelivery, _ severity: Severity, message: String, hint: String?, silenced: Bool = false,
        at now: UnixMilliseconds
    ) -> AlertDecision {
        let news = AlertDelivery.Pending(
            kind: .firing, severity: severity.rawValue, since: now, message: message, hint: hint)
        if row.pending?.kind == .firing { return raisedAgain(&row, news, at: now) }
        if silenced { return fold(&row) }
        let refusedUntil = row.pending == nil ? row.notBefore : 0
        // A word that it is over may be under way, or may have been told: what follows waits for the window, as after any such word.
        if row.pending?.kind == .resolved, row.startedAt != nil || row.isInDoubt { return pend(&row, news, at: now) }
        if row.pending != nil { change(&row, to: nil) }
        guard let told = row.told, told.kind == .firing else {
            return pend(&row, news, refusedUntil, at: now)
        }
        if news.severity > told.severity {
            change(&row, to: news)
            return .escalated
        }
        if isWithinWindow(told, severity, at: now) { return fold(&row) }
        return pend(&row, news, refusedUntil, at: now)
    }

    /// The alert is over.
    ///
    /// A person who was told of it is told so too. Of what was critical and never told, one message tells that it was and is over.
    package func resolved(_ row: inout AlertDelivery, message: String, at now: UnixMilliseconds) -> AlertDecision {
        let isTold = row.told?.kind == .firing
        let severity = max(row.pending?.severity ?? 0, isTold ? row.told?.severity ?? 0 : 0)
        let news = AlertDelivery.Pending(kind: .resolved, severity: severity, since: now, message: message)
        switch row.pending?.kind {
        case .resolved: return .nothing
        case nil:
            if isTold { change(&row, to: news) }
            return isTold ? .resolved : .nothing
        case .firing:
            if isTold || row.startedAt != nil || row.isInDoubt || isCriticalNews(row, at: now) {
                change(&row, to: news)
                return .resolved
            }
            change(&row, to: nil)
            row.folded = 0
            return .dropped
        }
    }

    /// An attempt ended; `attempt` is the row as it was taken.
    package func ended(
        _ row: inout AlertDelivery, _ attempt: AlertDelivery, _ end: DeliveryEnd, at now: UnixMilliseconds
    ) {
        row.startedAt = nil
        guard let sent = attempt.pending else { return }
        switch end {
        case .delivered: told(&row, sent, attempt, at: now)
        case .unknown(let wait):
            if sent.kind == .firing, sent.severity >= Severity.critical.rawValue {
                row.isInDoubt = true
                failed(&row, sent, attempt, retry: wait, at: now)
            } else {
                told(&row, sent, attempt, at: now)
            }
        case .failed(let wait): failed(&row, sent, attempt, retry: wait, at: now)
        case .refused: refused(&row, sent, attempt, at: now)
        case .untried: failed(&row, sent, attempt, retry: nil, at: now)
        }
    }

    /// Whether an attempt whose process was ended amid it counts as told: nobody noted its end.
    ///
    /// What is critical is told again; of what else may have been told, twice is worse than never.
    package func abandoned(_ row: inout AlertDelivery, at now: UnixMilliseconds) -> Bool {
        guard let startedAt = row.startedAt, row.startedSequence == row.sequence, let sent = row.pending,
            sent.kind == .resolved || sent.severity < Severity.critical.rawValue
        else { return false }
        ended(&row, row, .unknown(retry: .zero), at: min(startedAt, now))
        return true
    }

    private func raisedAgain(
        _ row: inout AlertDelivery, _ news: AlertDelivery.Pending, at now: UnixMilliseconds
    ) -> AlertDecision {
        guard var pending = row.pending else { return .nothing }
        let isGraver = news.severity > pending.severity
        // What is under way says itself, and this has a message of its own.
        if !isGraver || row.startedAt == nil { row.folded += 1 }
        if news.severity < pending.severity { return .folded }
        pending.severity = news.severity
        pending.message = news.message
        pending.hint = news.hint
        row.pending = pending
        if !isGraver { return .folded }
        row.sequence += 1
        row.notBefore = min(row.notBefore, holdEnd(row, news.severity, at: now))
        return .escalated
    }

    /// Puts a firing one into the queue, to be told once the window allows it.
    private func pend(
        _ row: inout AlertDelivery, _ news: AlertDelivery.Pending, _ refusedUntil: UnixMilliseconds = 0,
        at now: UnixMilliseconds
    ) -> AlertDecision {
        change(&row, to: news)
        row.notBefore = max(holdEnd(row, news.severity, at: now), refusedUntil)
        return row.notBefore > now && row.notBefore <= now + longestHold.milliseconds ? .held : .firing
    }

    /// Until when one that comes and goes is not told again; 0 where it may be told now.
    private func holdEnd(_ row: AlertDelivery, _ rank: Int, at now: UnixMilliseconds) -> UnixMilliseconds {
        guard let told = row.told, let severity = Severity(rawValue: rank), rank <= told.severity,
            isWithinWindow(told, severity, at: now)
        else { return 0 }
        return told.at + window(severity).milliseconds
    }

    private func isWithinWindow(_ told: AlertDelivery.Told, _ severity: Severity, at now: UnixMilliseconds) -> Bool {
        told.at <= now && now < told.at + window(severity).milliseconds
    }

    /// Whether something critical is in the queue, and not only because it came back within the window.
    private func isCriticalNews(_ row: AlertDelivery, at now: UnixMilliseconds) -> Bool {
        guard let pending = row.pending, pending.severity >= Severity.critical.rawValue else { return false }
        return holdEnd(row, pending.severity, at: now) == 0
    }

    private func fold(_ row: inout AlertDelivery) -> AlertDecision {
        if row.pending?.kind == .resolved, row.startedAt == nil, row.told?.kind == .firing { change(&row, to: nil) }
        row.folded += 1
        return .folded
    }

    private func change(_ row: inout AlertDelivery, to pending: AlertDelivery.Pending?) {
        row.pending = pending
        row.sequence += 1
        row.attempts = 0
        row.notBefore = 0
    }

    private func told(
        _ row: inout AlertDelivery, _ sent: AlertDelivery.Pending, _ attempt: AlertDelivery, at now: UnixMilliseconds
    ) {
        switch sent.kind {
        case .firing: row.told = .init(at: now, severity: sent.severity, kind: .firing)
        case .resolved:
            row.told = .init(at: row.told?.at ?? 0, severity: row.told?.severity ?? sent.severity, kind: .resolved)
        }
        row.folded = max(0, row.folded - attempt.folded)
        row.isInDoubt = false
        if row.sequence == attempt.sequence {
            change(&row, to: nil)
        } else if row.pending?.kind == .resolved, sent.kind == .resolved {
            change(&row, to: nil)
        } else if let pending = row.pending, pending.kind == .firing, sent.kind == .firing,
            pending.severity <= sent.severity
        {
            change(&row, to: nil)
            row.folded += 1
        }
    }

    private func failed(
        _ row: inout AlertDelivery, _ sent: AlertDelivery.Pending, _ attempt: AlertDelivery, retry wait: Duration?,
        at now: UnixMilliseconds
    ) {
        if row.sequence == attempt.sequence {
            guard let wait else { return }
            row.attempts += 1
            row.notBefore = now + min(wait, longestHold).milliseconds
        } else if row.pending?.kind == .resolved, row.told?.kind != .firing, sent.kind == .firing,
            !row.isInDoubt, sent.severity < Severity.critical.rawValue
        {
            change(&row, to: nil)
            row.folded = 0
        }
    }

    /// The same is not tried again before the window has passed.
    private func refused(
        _ row: inout AlertDelivery, _ sent: AlertDelivery.Pending, _ attempt: AlertDelivery, at now: UnixMilliseconds
    ) {
        guard row.sequence == attempt.sequence else { return }
        change(&row, to: nil)
        if sent.kind == .resolved, row.told != nil { row.told?.kind = .resolved }
        row.notBefore = now + window(Severity(rawValue: sent.severity) ?? .critical).milliseconds
    }
}

/// How an attempt to tell a person ended.
package enum DeliveryEnd: Sendable, Equatable {
    case delivered
    /// It may be tried again after this.
    case failed(retry: Duration)
    /// Nobody can say whether it was delivered; where it is tried again, after this.
    case unknown(retry: Duration)
    /// The channel takes it in no form.
    case refused
    /// The channel takes nothing now, whatever it is.
    case untried
}
