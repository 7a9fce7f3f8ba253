import Postgres
import TestSupport
import Testing

/// What one session hears of another.
@Suite(
    "Postgres: notifications", .enabled(if: ScratchPostgres.isEnabled, "apt-get install postgresql"),
    .timeLimit(.minutes(2)))
struct PostgresNotificationTests {
    private let url: String
    private let listener: PostgresConnection

    init() async throws {
        url = try await ScratchPostgres.shared().database()
        listener = try await .open(url)
        try await listener.execute(script: "LISTEN one; LISTEN two")
    }

    private func notify(_ channel: String, _ payload: String) async throws {
        let other = try await PostgresConnection.open(url)
        try await other.query("SELECT pg_notify($1, $2)", [channel, payload])
        await other.close()
    }

    @Test func `what was said before the call is given at once, in order`() async throws {
        try await notify("one", "a")
        try await notify("unheard", "b")
        try await notify("two", "")
        var heard: [PostgresNotification] = []
        while heard.count < 2 { heard += try await listener.notifications(within: .seconds(30)) }
        #expect(heard.map(\.channel) == ["one", "two"])
        #expect(heard.map(\.payload) == ["a", ""])
    }

    @Test func `what is said during the call ends it`() async throws {
        async let heard = listener.notifications(within: .seconds(50))
        try await notify("two", "now")
        #expect(try await heard.map(\.payload) == ["now"])
    }

    @Test func `silence ends the call at its limit, and the connection stays usable`() async throws {
        #expect(try await listener.notifications(within: .milliseconds(20)).isEmpty)
        #expect(try await listener.notifications(within: .zero).isEmpty)
        #expect(try await listener.query("SELECT 1").rows == [["1"]])
    }

    @Test func `what comes with the answer to a statement is not lost`() async throws {
        try await listener.query("SELECT pg_notify('one', 'to itself')")
        #expect(try await listener.notifications(within: .zero).map(\.payload) == ["to itself"])
    }

    @Test func `a cancelled call ends, and the connection stays usable`() async throws {
        let listener = listener
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await #expect(throws: CancellationError.self) {
                    try await listener.notifications(within: .seconds(50))
                }
            }
            // Long enough for the call to be waiting.
            let other = try await PostgresConnection.open(url)
            try await other.query("SELECT pg_sleep(0.2)")
            await other.close()
            group.cancelAll()
            try await group.waitForAll()
        }
        try await notify("one", "after")
        #expect(try await listener.notifications(within: .seconds(30)).map(\.payload) == ["after"])
    }

    @Test func `a connection that is ended by the server is lost`() async throws {
        let pid = try await listener.query("SELECT pg_backend_pid()").rows.first?.first ?? nil
        async let fault = #expect(throws: PostgresFault.self) {
            try await listener.notifications(within: .seconds(50))
        }
        let other = try await PostgresConnection.open(url)
        try await other.query("SELECT pg_terminate_backend($1)", [pid])
        #expect(await fault?.code == "database-lost")
        #expect(await !listener.isConnected)
        await other.close()
    }
}
