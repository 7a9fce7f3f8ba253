import Alerts
import CommandRuntime
import Host
import Jobs
import Journal
import Logging

/// Raises alerts of a command, and delivers what is due.
struct AlertSending: Sendable {
    private static let patience = Duration.seconds(10)
    /// Longer than a process that delivers needs to see what another one raised.
    private static let othersPatience = Duration.seconds(3)

    let parts: Composition
    let output: CommandOutput

    func send(_ alert: Alert, isOver: Bool) async throws -> ExitStatus {
        let queues = try parts.alertQueues()
        await raise(alert, isOver: isOver, at: parts.alertDesk(queues))
        await parts.alertCourier(queues).drainOnce(within: Self.patience)
        await waitForOthers(alert.key, queues)
        return await report(alert.key, queues)
    }

    /// Delivers while it reads, and what is then left.
    func sendLines() async throws -> ExitStatus {
        let queues = try parts.alertQueues()
        let desk = parts.alertDesk(queues)
        let courier = parts.alertCourier(queues)
        let wrong = try await withThrowingTaskGroup(of: Int?.self) { group in
            let over = ShutdownLatch()
            group.addTask {
                await courier.run(until: over)
                return nil
            }
            group.addTask { try await read(into: desk) }
            var wrong = 0
            while let ended = try await group.next() {
                guard let ended else { continue }
                wrong = ended
                break
            }
            over.close()
            await courier.drainOnce(within: Self.patience)
            group.cancelAll()
            return wrong
        }
        return wrong == 0 ? .complete : .usage
    }

    private func read(into desk: AlertDesk) async throws -> Int {
        var number = 0
        var wrong = 0
        for try await line in StandardInputLines() {
            number += 1
            if line.allSatisfy(\.isWhitespace) { continue }
            do {
                let document = try AlertLine(line)
                await raise(document.alert, isOver: document.isOver, at: desk)
            } catch {
                wrong += 1
                output.note("line \(number): \(error.problem)")
            }
        }
        return wrong
    }

    private func raise(_ alert: Alert, isOver: Bool, at desk: AlertDesk) async {
        output.keep("\(isOver ? "over: " : "")\(alert.message)", alert.severity.logLevel(isOver: isOver), of: alert)
        if !isOver { return await desk.raise(alert) }
        await desk.resolve(source: alert.source, rule: alert.rule, target: alert.target, message: alert.message)
    }

    /// Gives those a moment that tell the channels which this process does not have.
    private func waitForOthers(_ key: AlertKey, _ queues: AlertQueues) async {
        let own = queues.channels.map(\.name)
        let end = ContinuousClock.now + Self.othersPatience
        while ContinuousClock.now < end, let rows = try? await queues.journal?.alertDeliveries(of: key.description),
            rows.contains(where: { $0.pending != nil && $0.attempts == 0 && !own.contains($0.channel) })
        {
            // Cut short by cancellation, which ends the loop.
            guard (try? await Task.sleep(for: .milliseconds(100))) != nil else { return }
        }
    }

    /// What became of one alert, by channel.
    private func report(_ key: AlertKey, _ queues: AlertQueues) async -> ExitStatus {
        guard let journal = queues.journal, let rows = try? await journal.alertDeliveries(of: key.description) else {
            output.note("The journal cannot be used; the alert went to the channels directly.")
            return .storage
        }
        let document = AlertSent(key: key, rows: rows)
        if output.json { output.print(document) } else { document.lines.forEach(output.say) }
        let people = rows.filter { $0.channel != LogFileChannel.name }
        let isStuck = people.contains { $0.pending != nil } && !people.contains { $0.pending == nil && $0.told != nil }
        return isStuck ? .unavailable : .complete
    }
}

extension CommandOutput {
    /// What is to be told, in the logs alone: the result says what became of it.
    fileprivate func keep(_ line: String, _ level: Logger.Level, of alert: Alert) {
        keep(line, level, ["source": "\(alert.source)", "rule": "\(alert.rule)", "target": "\(alert.target)"])
    }
}

extension Severity {
    fileprivate func logLevel(isOver: Bool) -> Logger.Level {
        switch self {
        case _ where isOver: .info
        case .info: .info
        case .warning: .warning
        case .critical: .error
        }
    }
}

/// What `ops alert send` says in the end.
private struct AlertSent: Encodable {
    let key: String
    /// `told`, `queued` or `counted`, by channel.
    let channels: [String: String]

    init(key: AlertKey, rows: [AlertDelivery]) {
        self.key = key.description
        let ends = rows.map { row in
            (row.channel, row.pending != nil ? "queued" : row.folded > 0 ? "counted" : "told")
        }
        // Names that differ in SQLite may be one to Swift.
        channels = Dictionary(ends) { $1 }
    }

    var lines: [String] {
        channels.isEmpty
            ? ["\(key): nobody was to be told."]
            : channels.sorted { $0.key < $1.key }.map { "\(key): \($0.key): \($0.value)" }
    }
}
