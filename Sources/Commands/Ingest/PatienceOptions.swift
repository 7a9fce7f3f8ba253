import ArgumentParser
import Candles
import CommandRuntime
import Resilience

/// How long a job waits for what is away: an exchange in maintenance, a database that its server took down.
struct PatienceOptions: ParsableArguments {
    @Option(help: "How long to wait for an unavailable exchange or database, such as 30m, 2h or 0s.")
    var patience = "30m"

    /// - Throws: `OptionsFault`.
    func value() throws -> Patience {
        guard let limit = Duration(said: patience), limit <= .seconds(7 * 86_400) else {
            throw OptionsFault.outOfRange("--patience", "a number with s, m, h or d, up to 7d")
        }
        return Patience(limit: limit)
    }
}
