import Foundation

/// Looks at our units of the user's systemd, and whether they start without a login.
package struct UnitCheck: Check {
    private static let area = "units"

    private let user: String
    private let units: @Sendable () async -> [[String]]?
    private let lingers: @Sendable () async -> String?

    package init() {
        let user = NSUserName()
        self.init(
            user: user, units: { try? await Systemctl().ourUnits() },
            lingers: { await Self.lines("loginctl", ["show-user", user, "--property=Linger", "--value"])?.first })
    }

    /// `units` gives the columns of `systemctl list-units`, nil where systemd does not answer; `lingers` is what loginctl says.
    package init(
        user: String, units: @escaping @Sendable () async -> [[String]]?,
        lingers: @escaping @Sendable () async -> String?
    ) {
        self.user = user
        self.units = units
        self.lingers = lingers
    }

    package func findings() async -> [Diagnosis] {
        guard let units = await units() else {
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
        guard let answer = await lingers() else {
            return .fine(Self.area, "nobody here knows whether \(user) lingers")
        }
        return answer == "yes"
            ? .fine(Self.area, "they start with the machine")
            : .warning(Self.area, "they end when \(user) logs out", do: "loginctl enable-linger \(user)")
    }

    /// Nil where the program cannot be asked.
    private static func lines(_ name: String, _ arguments: [String]) async -> [String]? {
        guard let end = try? await Program(name, arguments, deadline: .seconds(10)).run(), end.succeeded else {
            return nil
        }
        return end.output.split(whereSeparator: \.isNewline).map(String.init)
    }
}
