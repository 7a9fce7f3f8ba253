package import Journal

extension BackupFolder {
    /// Waits for the folder's exclusive lock.
    ///
    /// - Throws: `JournalFault.busy` once `patience` is over.
    package func lock(patience: Duration) async throws -> JobLock {
        let deadline = ContinuousClock.now + patience
        while ContinuousClock.now < deadline {
            if let lock = try lockUnlessBusy() { return lock }
            try await Task.sleep(for: .milliseconds(250))
        }
        return try lock(exclusive: true)
    }

    private func lockUnlessBusy() throws -> JobLock? {
        do {
            return try lock(exclusive: true)
        } catch {
            if case .busy = error { return nil }
            throw error
        }
    }
}
