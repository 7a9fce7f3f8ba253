import Foundation

/// A manager of systemd, asked by `systemctl`.
package struct Systemctl: Sendable {
    /// Whether it is the manager of this user, else of the machine.
    package let isOfUser: Bool

    package init(isOfUser: Bool = true) { self.isOfUser = isOfUser }

    /// How long it may take to answer.
    private static let patience: Duration = .seconds(10)

    /// - Throws: `ProgramFault`, `CancellationError`. A refusal is no error.
    package func run(_ arguments: [String], within patience: Duration = Self.patience) async throws -> ProgramEnd {
        try await Program(
            "systemctl", (isOfUser ? ["--user"] : []) + ["--no-ask-password"] + arguments, environment: environment,
            deadline: patience
        ).run()
    }

    /// The properties of a unit, or of the manager itself.
    package func show(_ properties: [String], of unit: String? = nil) async throws -> ProgramEnd {
        try await run(["show", "--property=\(properties.joined(separator: ","))"] + (unit.map { [$0] } ?? []))
    }

    /// Our units that are loaded, a line of words each; nil where no manager answers.
    ///
    /// `state` may leave all out but some: `--failed`.
    ///
    /// - Throws: `ProgramFault`, `CancellationError`.
    package func ourUnits(_ state: String = "--all") async throws -> [[String]]? {
        let end = try await run(["list-units", state, "--plain", "--no-legend", "--no-pager", "cryptotrader-*"])
        guard end.succeeded else { return nil }
        return end.output.split(whereSeparator: \.isNewline).map { $0.split(separator: " ").map(String.init) }
    }

    /// The lines `NAME=VALUE` of an answer.
    package static func properties(in text: String) -> [String: String] {
        let pairs = text.split(whereSeparator: \.isNewline).map { $0.split(separator: "=", maxSplits: 1) }
        return Dictionary(pairs.filter { $0.count == 2 }.map { (String($0[0]), String($0[1])) }) { first, _ in first }
    }

    /// A job of cron has no address of the user's systemd.
    private var environment: [String: String?] {
        guard isOfUser, ProcessInfo.processInfo.environment["XDG_RUNTIME_DIR"] == nil else { return [:] }
        return ["XDG_RUNTIME_DIR": "/run/user/\(getuid())"]
    }
}
