import CommandRuntime
import Foundation
import Host
import Storage

/// Looks at the clock, and at the programs that the settings need.
struct HostExamination: Sendable {
    let parts: Composition

    func findings() async -> [Diagnosis] {
        var findings = [await clock()]
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
