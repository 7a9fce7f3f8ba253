import Foundation
import Host
import NIOConcurrencyHelpers
import TestSupport
import Testing
import Transport

@testable import Alerts

@Suite("DeadMansSwitch", .timeLimit(.minutes(1))) struct DeadMansSwitchTests {
    private let clock = ManualClock()
    private let heard = NIOLockedValueBox<[String]>([])
    private let notes = NIOLockedValueBox<[String]>([])

    private func ping(_ url: URL) -> DeadMansSwitch<ManualClock> {
        DeadMansSwitch(Secret(url), setting: "BACKUP_PING_URL", over: AsyncHTTPTransport(), clock: clock) {
            [notes] note in
            notes.withLockedValue { $0.append(note) }
        }
    }

    /// Runs `tell` beside a server that gives these statuses one after another, and the last one from then on; 0 hangs up.
    private func against(
        _ statuses: [Int], path: String = "/ping/secret-key", sleeps: Int = 0,
        _ tell: @escaping @Sendable (DeadMansSwitch<ManualClock>) async -> Void
    ) async throws {
        try await TinyServer.with { [heard] exchange in
            let count = heard.withLockedValue { heard in
                heard.append(exchange.path)
                return heard.count
            }
            let status = statuses[min(count, statuses.count) - 1]
            if status == 0 { return try await exchange.close(abruptly: true) }
            try await exchange.write("HTTP/1.1 \(status) So\r\nContent-Length: 0\r\n\r\n")
        } _: { server in
            let ping = ping(try server.url(path))
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await tell(ping) }
                for _ in 0..<sleeps {
                    await clock.sleepers(atLeast: 1)
                    clock.advance(by: .seconds(5))
                }
            }
        }
    }

    @Test(arguments: ["/ping/secret-key", "/ping/secret-key/"])
    func `start and exit code are told below the address`(path: String) async throws {
        try await against([200], path: path) { ping in
            await ping.start()
            await ping.end(0)
            await ping.end(12)
        }
        let place = "/ping/secret-key"
        #expect(heard.withLockedValue { $0 } == ["\(place)/start", "\(place)/0", "\(place)/12"])
        #expect(notes.withLockedValue { $0.isEmpty })
    }

    @Test func `a query of the address stays behind the word`() async throws {
        try await against([200], path: "/ping?key=secret-key") { await $0.start() }
        #expect(heard.withLockedValue { $0 } == ["/ping/start?key=secret-key"])
    }

    @Test(arguments: [500, 503, 429, 0]) func `a server in trouble is asked again`(status: Int) async throws {
        try await against([status, status, 204], sleeps: 2) { await $0.start() }
        #expect(heard.withLockedValue { $0.count } == 3)
        #expect(notes.withLockedValue { $0.isEmpty })
    }

    @Test(arguments: [
        (500, "answered with status 500"), (429, "answered with status 429"), (0, "was not reached"),
    ]) func `after three attempts it gives up, and says so without the address`(
        status: Int, words: String
    ) async throws {
        try await against([status], sleeps: 2) { await $0.end(74) }
        #expect(heard.withLockedValue { $0 } == Array(repeating: "/ping/secret-key/74", count: 3))
        let note = "the address in BACKUP_PING_URL \(words); the run goes on all the same"
        #expect(notes.withLockedValue { $0 } == [note])
    }

    @Test(arguments: [404, 302, 400]) func `an answer that will not change is not asked for again`(
        status: Int
    ) async throws {
        try await against([status]) { await $0.start() }
        #expect(heard.withLockedValue { $0.count } == 1)
        #expect(notes.withLockedValue { $0.first?.contains("status \(status);") } == true)
    }

    @Test func `where nobody listens, nothing but a note comes of it`() async throws {
        let url = try #require(URL(string: "http://127.0.0.1:1/ping/secret-key"))
        let ping = ping(url)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await ping.start() }
            for _ in 0..<2 {
                await clock.sleepers(atLeast: 1)
                clock.advance(by: .seconds(5))
            }
        }
        let said = notes.withLockedValue { $0 }
        #expect(said == ["the address in BACKUP_PING_URL was not reached; the run goes on all the same"])
        #expect(!"\(ping)\(String(reflecting: ping))".contains("secret-key"))
    }

    @Test func `a cancelled ping ends at once, and says nothing`() async throws {
        try await against([200]) { ping in
            await withTaskGroup(of: Void.self) { group in
                group.cancelAll()
                group.addTask { await ping.start() }
            }
        }
        #expect(notes.withLockedValue { $0.isEmpty })
        #expect(heard.withLockedValue { $0.isEmpty })
    }

    @Test func `an attempt may take ten seconds, and what the transport says of it is not repeated`() async throws {
        let calls = NIOLockedValueBox<[HTTPCall]>([])
        struct Silent: HTTPTransport {
            let calls: NIOLockedValueBox<[HTTPCall]>
            func send(_ call: HTTPCall) async throws -> HTTPReply {
                calls.withLockedValue { $0.append(call) }
                throw TransportFault.tooLarge(where: call.place, limit: 1)
            }
        }
        let url = try #require(URL(string: "https://h.example/secret-key"))
        let ping = DeadMansSwitch(Secret(url), setting: "BACKUP_PING_URL", over: Silent(calls: calls), clock: clock) {
            [notes] note in
            notes.withLockedValue { $0.append(note) }
        }
        await ping.start()
        #expect(calls.withLockedValue { $0.map(\.deadline) } == [.seconds(10)])
        #expect(notes.withLockedValue { $0.count } == 1)
        #expect(notes.withLockedValue { $0.first?.contains("secret") } == false)
    }

    @Test(
        arguments: [
            ("OK", nil), ("OK (not found)", "says that there is no such check"),
            ("OK (rate limited)", "says that it is pinged too often"), ("something else", nil),
        ] as [(String, String?)]) func `a ping is heard unless the answer says that it is of no use`(
            body: String, words: String?
        ) async throws
    {
        try await WebDouble.with({ _ in .reply(200, headers: [:], body: body) }) { server in
            let isHeard = await ping(try server.url("/ping/secret-key")).ping()
            #expect(isHeard == (words == nil))
            #expect(server.questions.map(\.path) == ["/ping/secret-key"])
        }
        let note = words.map { "the address in BACKUP_PING_URL \($0); the run goes on all the same" }
        #expect(notes.withLockedValue { $0 } == [note].compactMap(\.self))
    }

    @Test func `a failure is told with its reason, of which ten thousand bytes go out`() async throws {
        try await WebDouble.with({ _ in .reply(200, headers: [:], body: "OK") }) { server in
            let isHeard = await ping(try server.url("/ping/secret-key")).fail(String(repeating: "x", count: 20_000))
            let question = try #require(server.questions.first)
            #expect(isHeard && question.method == "POST" && question.path == "/ping/secret-key/fail")
            #expect(question.body.count == 10_000)
        }
    }

    @Test func `a slug that is not unique is a failure`() async throws {
        try await WebDouble.with({ _ in .reply(409, headers: [:], body: "ambiguous slug") }) { server in
            let isHeard = await ping(try server.url("/ping/key/slug")).ping()
            #expect(!isHeard)
        }
        #expect(notes.withLockedValue { $0.first?.contains("status 409") } == true)
    }
}
