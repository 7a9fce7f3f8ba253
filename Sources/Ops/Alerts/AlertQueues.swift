package import Candles
package import Journal

/// The two queues of a process, and who is told: what the desk fills and the courier empties.
package struct AlertQueues: Sendable {
    package let channels: [any AlertChannel]
    package let rules: DeliveryRules
    /// Nil where it cannot even be opened.
    package let journal: Journal?
    let shared: JournalAlertQueue?
    let own: MemoryAlertQueue
    let bell = AlertBell()

    /// `marks` are for when the journal takes nothing; `now` is the wall clock.
    package init(
        journal: Journal?, channels: [any AlertChannel], rules: DeliveryRules = DeliveryRules(),
        marks: ToldMarks? = nil, now: @escaping @Sendable () -> UnixMilliseconds
    ) {
        self.journal = journal
        self.channels = channels
        self.rules = rules
        shared = journal.map { JournalAlertQueue($0, rules: rules) }
        own = MemoryAlertQueue(rules: rules, marks: marks, now: now)
    }
}
