/// What of the hosts has changed between two looks.
enum OperationsChange {
    static func topics(from old: [HostOperations], to new: [HostOperations]) -> Set<ChangedEvent.Topic> {
        var topics: Set<ChangedEvent.Topic> = []
        func compare(_ topic: ChangedEvent.Topic, _ part: (HostOperations) -> some Equatable) {
            if old.map(part) != new.map(part) { topics.formUnion([topic, .summary]) }
        }
        compare(.jobs, \.jobs)
        compare(.breakers, \.breakers)
        compare(.alerts, \.alerts)
        compare(.backups, \.backups)
        compare(.summary, \.host)
        return topics
    }
}
