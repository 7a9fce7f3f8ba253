import Foundation
import Host
import Journal
import NIOConcurrencyHelpers
import Resilience
import TestSupport
import Testing
import Transport

@testable import Alerts

@Suite("Breaking transport", .timeLimit(.minutes(1))) struct BreakingTransportTests {
    @Test func `a switch that is in trouble is left alone for a while, by all processes, and a note says so`()
        async throws
    {
        let folder = try ScratchFolder()
        let clock = ManualClock()
        let notes = NIOLockedValueBox<[String]>([])
        let calls = NIOLockedValueBox(0)
        try await TinyServer.with { exchange in
            calls.withLockedValue { $0 += 1 }
            try await exchange.write("HTTP/1.1 404 So\r\nContent-Length: 0\r\n\r\n")
        } _: { server in
            let address = try server.url("/ping")
            func ping() throws -> DeadMansSwitch<ManualClock> {
                let journal = try Journal(folder: folder.url, now: { clock.milliseconds })
                let breaker = SharedCircuitBreaker(
                    journal: journal, name: "alert-ping", monotonicNow: { clock.milliseconds })
                let transport = BreakingTransport(AsyncHTTPTransport(), breaker: breaker)
                return DeadMansSwitch(Secret(address), setting: "ALERT_PING_URL", over: transport, clock: clock) {
                    note in
                    notes.withLockedValue { $0.append(note) }
                }
            }
            for _ in 0..<8 { await #expect(try ping().ping() == false) }
            #expect(calls.withLockedValue { $0 } == 8)
            let journal = try Journal(folder: folder.url, now: { clock.milliseconds })
            try await SharedCircuitBreaker(journal: journal, name: "alert-ping", monotonicNow: { 0 }).forceOpen()
            #expect(try await ping().ping() == false)
            #expect(calls.withLockedValue { $0 } == 8)
            #expect(notes.withLockedValue { $0.last?.contains("is not asked") == true })
        }
    }

    @Test func `replies of trouble and broken connections open it`() async throws {
        let folder = try ScratchFolder()
        let journal = try Journal(folder: folder.url, now: { 0 })
        let breaker = SharedCircuitBreaker(journal: journal, name: "x", monotonicNow: { 0 })
        let transport = BreakingTransport(AsyncHTTPTransport(), breaker: breaker)
        let nobody = HTTPCall(url: try #require(URL(string: "http://127.0.0.1:1/")))
        var codes: [String] = []
        for _ in 0..<30 {
            do {
                _ = try await transport.send(nobody)
            } catch let fault as any Fault {
                codes.append(fault.code)
            }
        }
        #expect(codes.first == "transport-unreachable" && codes.last == "circuit-open")
        #expect(try await breaker.snapshot().state.phase == .open)
    }
}
