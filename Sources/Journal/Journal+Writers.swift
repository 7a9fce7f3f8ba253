extension Journal {
    /// Whoever writes to a database holds this shared, and a restore of it exclusively; `database` is its identity.
    ///
    /// Of an SQLite file it is seen also by who has another state folder, such as `sudo`.
    ///
    /// - Throws: `JournalFault.busy` at once where another holds it.
    package func lockWriters(of database: String, exclusive: Bool) throws(JournalFault) -> WritersLock {
        try WritersLock(lock("writers \(database)", exclusive: exclusive), of: database, exclusive: exclusive)
    }
}
