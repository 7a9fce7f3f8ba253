import Foundation

/// Looks whether a time service sets the clock.
package struct TimeServiceCheck: Check {
    private let ask: @Sendable () async throws -> String

    package init() {
        self.init {
            try await Program(
                "timedatectl", ["show", "--property=NTPSynchronized", "--value"], deadline: .seconds(5)
            ).run().output
        }
    }

    /// `ask` gives what timedatectl says.
    package init(ask: @escaping @Sendable () async throws -> String) { self.ask = ask }

    package func findings() async -> [Diagnosis] { [await clock()] }

    private func clock() async -> Diagnosis {
        do {
            switch try await ask().trimmingCharacters(in: .whitespacesAndNewlines) {
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
}

/// Looks whether the programs are installed that the settings need.
package struct ProgramsCheck: Check {
    private let names: [String]

    package init(_ names: [String]) { self.names = names }

    package func findings() async -> [Diagnosis] {
        var findings: [Diagnosis] = []
        for name in names { findings.append(await program(name)) }
        return findings
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
