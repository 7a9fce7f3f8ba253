import Host
package import Jobs
import Journal
import Logging

/// Raises alerts of a command, and delivers what is due.
package struct AlertSending: Sendable {
    private static let patience = Duration.seconds(10)
    /// Longer than a process that delivers needs to see what another one raised.
    private static let othersPatience = Duration.seconds(3)

    private let queues: AlertQueues
    private let desk: AlertDesk
    private let courier: AlertCourier<ContinuousClock>
    private let output: any JobOutput

    package init(
        _ queues: AlertQueues, desk: AlertDesk, courier: AlertCourier<ContinuousClock>, output: any JobOutput
    ) {
        self.queues = queues
        self.desk = desk
        self.courier = courier
        self.output = output
    }

    /// - Returns: What became of it; nil where no journal tells, and the channels were told directly.
    package func send(_ alert: Alert, isOver: Bool) async -> AlertSent? {
        await raise(alert, isOver: isOver)
        await courier.drainOnce(within: Self.patience)
        await waitForOthers(alert.key)
        guard let rows = try? await queues.journal?.alertDeliveries(of: alert.key.description) else { return nil }
        return AlertSent(key: alert.key, rows: rows)
    }

    /// Delivers while it reads, and what is then left.
    package func sendLines() async throws -> ExitStatus {
        let wrong = try await withThrowingTaskGroup(of: Int?.self) { group in
            let over = ShutdownLatch()
            group.addTask {
                await courier.run(until: over)
                return nil
            }
            group.addTask { try await read() }
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

    private func read() async throws -> Int {
        var number = 0
        var wrong = 0
        for try await line in StandardInputLines() {
            number += 1
            if line.allSatisfy(\.isWhitespace) { continue }
            do {
                let document = try AlertLine(line)
                await raise(document.alert, isOver: document.isOver)
            } catch {
                wrong += 1
                output.note("line \(number): \(error.problem)")
            }
        }
        return wrong
    }

    private func raise(_ alert: Alert, isOver: Bool) async {
        output.keep("\(isOver ? "over: " : "")\(alert.message)", alert.severity.logLevel(isOver: isOver), of: alert)
        if !isOver { return await desk.raise(alert) }
        await desk.resolve(source: alert.source, rule: alert.rule, target: alert.target, message: alert.message)
    }

    /// Gives those a moment that tell the channels which this process does not have.
    private func waitForOthers(_ key: AlertKey) async {
        let own = queues.channels.map(\.name)
        let end = ContinuousClock.now + Self.othersPatience
        while ContinuousClock.now < end, let rows = try? await queues.journal?.alertDeliveries(of: key.description),
            rows.contains(where: { $0.pending != nil && $0.attempts == 0 && !own.contains($0.channel) })
        {
            // Cut short by cancellation, which ends the loop.
            guard (try? await Task.sleep(for: .milliseconds(100))) != nil else { return }
        }
    }
}

extension JobOutput {
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
package struct AlertSent: Encodable, Sendable {
    let key: String
    /// `told`, `queued` or `counted`, by channel.
    let channels: [String: String]
    /// `unavailable` where it is queued for a person's channel, and none has taken it.
    package let status: ExitStatus

    private enum CodingKeys: CodingKey { case key, channels }

    init(key: AlertKey, rows: [AlertDelivery]) {
        self.key = key.description
        let ends = rows.map { row in
            (row.channel, row.pending != nil ? "queued" : row.folded > 0 ? "counted" : "told")
        }
        // Names that differ in SQLite may be one to Swift.
        channels = Dictionary(ends) { $1 }
        let people = rows.filter { $0.channel != LogFileChannel.name }
        let isStuck = people.contains { $0.pending != nil } && !people.contains { $0.pending == nil && $0.told != nil }
        status = isStuck ? .unavailable : .complete
    }

    package var lines: [String] {
        channels.isEmpty
            ? ["\(key): nobody was to be told."]
            : channels.sorted { $0.key < $1.key }.map { "\(key): \($0.key): \($0.value)" }
    }
}
