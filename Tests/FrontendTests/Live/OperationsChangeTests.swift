import Journal
import Testing

@testable import Frontend

@Suite struct OperationsChangeTests {
    private func host(_ change: (inout HostOperations) -> Void = { _ in }) -> [HostOperations] {
        var host = HostOperations(host: HostRow(host: "nas1", atMs: 1, isStale: false, isWatched: true))
        change(&host)
        return [host]
    }

    private func topics(_ change: (inout HostOperations) -> Void) -> Set<ChangedEvent.Topic> {
        OperationsChange.topics(from: host(), to: host(change))
    }

    @Test func `each part has its topic, and changes the summary, too`() {
        #expect(topics { $0.jobs = [JobRow(id: "j", host: "nas1", job: "stream", state: .ok)] } == [.jobs, .summary])
        #expect(
            topics { $0.breakers = [BreakerRow(name: "b", host: "nas1", state: .open, failures: 1, refused: 0)] }
                == [.breakers, .summary])
        #expect(
            topics {
                $0.alerts = [
                    AlertRow(
                        id: "a", host: "nas1", severity: "info", source: "s", message: "m", sinceMs: 1, lastMs: 1,
                        count: 1)
                ]
            } == [.alerts, .summary])
        #expect(topics { $0.backups = [BackupRow(host: "nas1", type: "sqlite")] } == [.backups, .summary])
        #expect(topics { $0.host.atMs = 2 } == [.summary])
    }

    @Test func `nothing changes where nothing did, and everything where a host comes or goes`() {
        #expect(topics { _ in }.isEmpty)
        let all: Set<ChangedEvent.Topic> = [.jobs, .breakers, .alerts, .backups, .summary]
        #expect(OperationsChange.topics(from: [], to: host()) == all)
        #expect(OperationsChange.topics(from: host(), to: []) == all)
    }
}
