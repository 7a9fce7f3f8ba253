package import Candles
package import Host
package import Journal

/// Looks whether a person would hear of an alert.
package struct ChannelCheck: Check {
    private static let area = "alerts"
    /// Longer than a few beats of `ops run`.
    private static let silence: Int64 = 5 * 60_000

    private let beat: String
    private let queues: @Sendable () throws -> AlertQueues
    private let journal: @Sendable () throws -> Journal
    private let now: @Sendable () -> UnixMilliseconds

    /// `beat` is the name of the heartbeat of the service that delivers.
    package init(
        beat: String, queues: @escaping @Sendable () throws -> AlertQueues,
        journal: @escaping @Sendable () throws -> Journal, now: @escaping @Sendable () -> UnixMilliseconds
    ) {
        self.beat = beat
        self.queues = queues
        self.journal = journal
        self.now = now
    }

    package func findings() async -> [Diagnosis] {
        do {
            let queues = try self.queues()
            let journal = try self.journal()
            let people = queues.channels.filter { $0.name != LogFileChannel.name }
            if people.isEmpty {
                return [
                    .warning(
                        Self.area, "they go to their log alone, where nobody may look",
                        do: "run 'ops alert setup', or set ADMIN_ALERT_WEBHOOK or ALERT_EMAIL")
                ] + [try await courier(journal)]
            }
            let gone = try await journal.goneAlertChannels().filter { lost in
                people.contains { $0.name == lost.name && $0.configuration == lost.configuration }
            }
            let lost = gone.map { channel in
                Diagnosis.broken(
                    Self.area, "\(channel.name) takes nothing any more: \(channel.reason)",
                    do: "mend it, then 'ops alert test --channel \(channel.name)'")
            }
            let names = people.map(\.name).joined(separator: ", ")
            return [.fine(Self.area, "they go to \(names); 'ops alert test' tries them")] + lost
                + [try await courier(journal)]
        } catch {
            return [.broken(Self.area, "\(error)", do: "look up the code in docs/RUNBOOK.md")]
        }
    }

    private func courier(_ journal: Journal) async throws -> Diagnosis {
        guard let last = try await journal.heartbeat(of: beat), now() - last.at < Self.silence
        else {
            return .warning(
                Self.area, "'ops run' does not run: nothing is looked at, and what is queued waits",
                do: "scripts/install-user-units --ops")
        }
        return .fine(Self.area, "'ops run' is alive (process \(last.pid))")
    }
}
