extension Journal {
    /// Whoever writes to a database holds this shared, and a restore of it exclusively; `database` is its identity.
    ///
    /// - Throws: `JournalFault.busy` at once where another holds it.
    package func lockWriters(of database: String, exclusive: Bool) throws(JournalFault) -> JobLock {
        try lock("writers \(database)", exclusive: exclusive)
    }
}
