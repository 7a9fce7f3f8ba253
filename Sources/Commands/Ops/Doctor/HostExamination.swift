import Candles
import CommandRuntime
import Foundation
import Host
import Journal
import Resilience
import Storage

/// Looks at the clock, and at the programs that the settings need.
struct HostExamination: Sendable {
    let parts: Composition

    func findings() async -> [Diagnosis] {
        var findings = [await clock()]
        if let comparison = await exchangeClock() { findings.append(comparison) }
        for name in programs { findings.append(await program(name)) }
        return findings
    }

    private func clock() async -> Diagnosis {
        do {
            let end = try await Program(
                "timedatectl", ["show", "--property=NTPSynchronized", "--value"], deadline: .seconds(5)
            ).run()
            switch end.output.trimmingCharacters(in: .whitespacesAndNewlines) {
            case "yes": return .fine("clock", "it follows a time service")
            case "no":
                return .warning(
                    "clock", "no time service sets it; candles are judged by it", do: "sudo timedatectl set-ntp true")
            default: return .fine("clock", "nobody here knows who sets it")
            }
        } catch {
            return .fine("clock", "nobody here knows who sets it")
        }
    }

    /// Beyond this an ingest job says so, or ends.
    private static let tolerance: Int64 = 30_000
    /// What was compared longer ago tells nothing of today's clock.
    private static let memory: Int64 = 86_400_000

    /// As the last replies of the exchange told; nil where there were none lately.
    private func exchangeClock() async -> Diagnosis? {
        let exchange = parts.settings.exchange.host() ?? "bitfinex"
        guard let found = try? await parts.journal().clock(of: exchange),
            abs(Composition.now().minus(found.at)) < Self.memory
        else { return nil }
        let when = "the last time that both were compared, \(found.at.iso8601)"
        if abs(found.ahead) <= Self.tolerance {
            return .fine("clock", "it was as \(exchange)'s \(when)")
        }
        let seconds = "\(abs(found.ahead) / 1000) s \(found.ahead > 0 ? "ahead of" : "behind") \(exchange)'s"
        let remedy = "let a time service set it (sudo timedatectl set-ntp true); the next read of candles compares them"
        return found.ahead > 0
            ? .broken("clock", "it was \(seconds) \(when): no candle is fetched so", do: remedy)
            : .warning("clock", "it was \(seconds) \(when): candles come that much later", do: remedy)
    }

    private var programs: [String] {
        var names: Set<String> = []
        for database in parts.settings.databases {
            if case .postgres = database { names.formUnion(["pg_dump", "psql"]) }
        }
        if parts.settings.tasks.gitFolder != nil { names.insert("git") }
        return names.sorted()
    }

    private func program(_ name: String) async -> Diagnosis {
        do {
            let end = try await Program(name, ["--version"], deadline: .seconds(5)).run()
            return .fine("programs", end.output.split(whereSeparator: \.isNewline).first.map(String.init) ?? name)
        } catch {
            return .broken(
                "programs", "\(error)", do: "install it: apt-get install \(name == "git" ? name : "postgresql-client")")
        }
    }
}
