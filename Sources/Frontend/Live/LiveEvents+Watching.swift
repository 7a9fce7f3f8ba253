import Candles
import Logging
import NIOConcurrencyHelpers
import Storage

/// The loops that notice what changes.
extension LiveEvents {
    func watchMarket() async throws {
        var rules = MarketPace(pace)
        var watch = MarketWatch(spacing: pace.changed)
        var condition = source.condition
        var isBlind = false
        while true {
            let isWatched = openStreams > 0
            let step = rules.step(isWatched: isWatched)
            try await clock.sleep(for: step)
            rounds.withLockedValue { $0 += 1 }
            tell(of: &condition)
            let version = source.version
            switch rules.next(version: version, isWatched: isWatched, elapsed: step) {
            case .nothing: break
            case .judge: watch.judge(now: now()).forEach(streams.publish)
            case .look:
                let reading = try await read(since: watch.reading, &isBlind)
                if reading != nil {
                    rules.looked(at: version)
                    // Who came before the first look may have asked for what has changed since.
                    if watch.reading == nil, openStreams > 0 {
                        streams.publish(EventFrame("resync", ResyncEvent(reason: .restart)))
                    }
                }
                // What cannot be looked at grows old all the same.
                let events = reading.map { watch.take($0, now: now()) } ?? watch.judge(now: now())
                events.forEach(streams.publish)
            }
            if let changed = watch.pass(step) { streams.publish(changed) }
        }
    }

    private func tell(of known: inout DatabaseCondition) {
        let condition = source.condition
        if condition == known { return }
        known = condition
        streams.publish(EventFrame("database", condition))
    }

    /// Nil where the database cannot be read now; `isBlind` says whether it could not the last time, so that the log has it once.
    private func read(since old: MarketReading?, _ isBlind: inout Bool) async throws -> MarketReading? {
        do {
            let reading = try await source.read { [now] reader in
                try await MarketReading.read(by: reader, since: old, now: now())
            }
            if isBlind { logger.notice("the market can be looked at again") }
            isBlind = false
            return reading
        } catch let error where !(error is CancellationError) {
            let level: Logger.Level = isBlind ? .debug : .warning
            logger.log(level: level, "the market cannot be looked at", metadata: ["fault": "\(error)"])
            isBlind = true
            return nil
        }
    }

    func watchOperations() async throws {
        var known: [HostOperations]?
        var sinceLook = pace.idle
        while true {
            if sinceLook >= (openStreams > 0 ? pace.operations : pace.idle) {
                sinceLook = .zero
                if let operations = try await operations() {
                    let topics = known.map { OperationsChange.topics(from: $0, to: operations) } ?? []
                    if !topics.isEmpty {
                        streams.publish(EventFrame("changed", ChangedEvent(topics: topics, series: [])))
                    }
                    known = operations
                }
            }
            let step = min(pace.operations, pace.idle)
            try await clock.sleep(for: step)
            sinceLook += step
        }
    }

    /// Nil where they cannot be read now.
    private func operations() async throws -> [HostOperations]? {
        do {
            return try await source.operations()
        } catch let error where !(error is CancellationError) {
            logger.debug("no look at the hosts", metadata: ["fault": "\(error)"])
            return nil
        }
    }
}
