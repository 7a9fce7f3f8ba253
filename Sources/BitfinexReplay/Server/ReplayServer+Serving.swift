extension ReplayServer {
    /// Serves while `body` runs, and gives it the port.
    ///
    /// - Throws: `ReplayFault.cannotBind`, or what `body` throws.
    package func serving<Result: Sendable>(_ body: (Int) async throws -> Result) async throws -> Result {
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { continuation.finish() }
                do { try await run { continuation.yield($0) } } catch is CancellationError { return }
            }
            defer { group.cancelAll() }
            for await port in ports { return try await body(port) }
            try await group.waitForAll()
            throw CancellationError()
        }
    }
}
