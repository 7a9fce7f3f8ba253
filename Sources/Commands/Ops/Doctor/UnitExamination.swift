import CommandRuntime
import Foundation
import Host

/// Looks at our units of the user's systemd, and whether they start without a login.
struct UnitExamination: Sendable {
    private static let area = "units"

    func findings() async -> [Diagnosis] {
        guard let units = try? await Systemctl().ourUnits() else {
            return [
                .warning(
                    Self.area, "the user's systemd does not answer",
                    do: "run this in a login session, or start the programs by hand")
            ]
        }
        if units.isEmpty {
            return [.warning(Self.area, "none of ours is loaded", do: "run scripts/install-user-units")]
        }
        let failed = units.filter { $0.count > 3 && $0[2] == "failed" }.map { $0[0] }
        var findings = failed.map { unit in
            Diagnosis.broken(Self.area, "\(unit) failed", do: "journalctl --user -u \(unit) -n 50")
        }
        if failed.isEmpty { findings.append(.fine(Self.area, "\(units.count) are loaded, none failed")) }
        findings.append(await linger())
        return findings
    }

    private func linger() async -> Diagnosis {
        let name = NSUserName()
        guard let answer = await lines("loginctl", ["show-user", name, "--property=Linger", "--value"])?.first else {
            return .fine(Self.area, "nobody here knows whether \(name) lingers")
        }
        return answer == "yes"
            ? .fine(Self.area, "they start with the machine")
            : .warning(Self.area, "they end when \(name) logs out", do: "loginctl enable-linger \(name)")
    }

    /// Nil where the program cannot be asked.
    private func lines(_ name: String, _ arguments: [String]) async -> [String]? {
        guard let end = try? await Program(name, arguments, deadline: .seconds(10)).run(), end.succeeded else {
            return nil
        }
        return end.output.split(whereSeparator: \.isNewline).map(String.init)
    }
}
