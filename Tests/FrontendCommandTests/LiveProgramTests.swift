import Foundation
import TestSupport
import Testing

/// What other programs write is told to browsers.
@Suite(.serialized, .timeLimit(.minutes(5))) struct LiveProgramTests {
    @Test func `a database that is not there yet is empty, and its first candles are told`() async throws {
        try await DashboardHost.with { host in
            try await host.serving { port, _ in
                try await EventClient.with(port) { client in
                    // Hello may come before the first look.
                    try await until { try await EventClient.get("/api/v1/summary", port).body.contains(#""empty""#) }
                    #expect(try await EventClient.get("/api/v1/symbols", port).body.contains(#""data":[]"#))
                    try await host.backfill("BTCUSD-1m")
                    #expect(await client.database("ok") != "")
                    let symbols = try await EventClient.get("/api/v1/symbols", port).body
                    #expect(symbols.contains(#""symbol":"BTCUSD""#))
                }
            }
        }
    }

    @Test func `what another process has written is told without waiting for a census`() async throws {
        try await DashboardHost.with { host in
            try await host.backfill("BTCUSD-1m")
            try await host.serving { port, _ in
                try await EventClient.with(port) { client in
                    _ = await client.next()
                    try await until { try await EventClient.get("/api/v1/symbols", port).body.contains("BTCUSD") }
                    let written = try await host.backfill("ETHUSD-1m")
                    let told = try #require(await client.first("bars", about: "ETHUSD"))
                    print("told \(told.at - written) after the writer's end")
                    // Mostly a tenth of it; a machine that does something else is slow. The census comes each 5 s.
                    #expect(told.at - written < .seconds(4))
                    let changed = await client.first("changed", about: "ETHUSD-1m")
                    #expect(changed?.data.contains("candles") == true)
                }
            }
        }
    }

    @Test func `two hundred listeners to a live stream take at most 150 MB`() async throws {
        let names = (0..<20).map { "AA\($0 / 10)\($0 % 10)SD" }.joined(separator: ",")
        try await DashboardHost.with(symbols: names) { host in
            let stream = host.ingest("stream", "--symbols", names, "--timeframe", "1m")
            _ = try await RunningProgram.with(stream, saying: { _ in 1 }) { _, _ in
                try await host.serving { port, process in
                    try await withThrowingTaskGroup(of: Int.self) { group in
                        for _ in 0..<200 {
                            group.addTask {
                                try await EventClient.with(port) { client in
                                    var last: Int?
                                    var bars = 0
                                    while bars < 6, let event = await client.next() {
                                        let number = event.id?.split(separator: "-").last.flatMap { Int($0) }
                                        if let last { #expect(number == last + 1) }
                                        last = number
                                        if event.name == "bars" { bars += 1 }
                                    }
                                    return bars
                                }
                            }
                        }
                        for try await bars in group { #expect(bars == 6) }
                    }
                    let peak = try Self.peakMemory(of: process)
                    print("200 listeners: \(peak) MB")
                    #expect(peak <= 150)
                }
            }
        }
    }

    /// VmHWM in MB.
    private static func peakMemory(of process: Int32) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return try #require(Int(line.filter(\.isNumber))) / 1024
    }
}

func until(_ condition: () async throws -> Bool) async throws {
    while try await !condition() {
        try Task.checkCancellation()
        await Task.yield()
    }
}
