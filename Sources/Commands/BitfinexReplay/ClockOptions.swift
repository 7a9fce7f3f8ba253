import ArgumentParser
import BitfinexReplay
import Candles
import Foundation

/// The market's time.
struct ClockOptions: ParsableArguments {
    @Option(help: "Market time at which the server starts, such as 2024-01-31T12:00:00Z (default: now).")
    var playFrom: String?
    @Option(help: "Speed of the market time: 60 means one hour a minute.")
    var speed = 1.0

    func validate() throws {
        _ = try CandleOptions.time(playFrom, "--play-from")
        guard (0.01...100_000).contains(speed) else {
            throw ValidationError("--speed is '\(speed)', but must be from 0.01 to 100000")
        }
    }

    /// Where the market's time starts.
    func start() throws -> UnixMilliseconds {
        try CandleOptions.time(playFrom, "--play-from") ?? UnixMilliseconds(Date().timeIntervalSince1970 * 1000)
    }

    /// A clock that starts now; without options the wall clock, which follows corrections of the host's time.
    func clock() throws -> ReplayClock {
        if playFrom == nil, speed == 1 {
            return ReplayClock(
                now: { UnixMilliseconds(Date().timeIntervalSince1970 * 1000) }, sleep: { try await Task.sleep(for: $0) }
            )
        }
        let start = try start()
        let began = ContinuousClock.now
        let speed = speed
        return ReplayClock(
            now: { start + UnixMilliseconds((began.duration(to: .now) / .milliseconds(1)) * speed) },
            sleep: { try await Task.sleep(for: $0 / speed) })
    }
}
