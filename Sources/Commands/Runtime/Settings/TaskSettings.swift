package import Foundation

extension Setting {
    static let tasks: [Setting] = [
        Setting(
            "MODEL_METADATA_FILE",
            """
            JSON file about the trained model that trades; the daily report names the model and its Sharpe \
            ratio.
            """,
            default: "data/cache/multiverse_champion_meta.json", otherwise: ", which need not exist"),
        Setting(
            "PROCESS_CHECK_PATTERN",
            """
            A process that should run: a regular expression for its command line, looked up every 15 minutes.
            """,
            example: #"train\.py"#),
        Setting(
            "PROCESS_RESTART_COMMAND",
            """
            What starts that process again, by a shell; "x &" is fine. It runs on when ops ends (with systemd in \
            a scope of its own), and what it says is in service_process_restart.log of LOG_DIR. It counts as \
            started where the process runs 30 s later.
            """,
            otherwise: "not set, and then a person is told", example: "systemctl --user restart trainer"),
        Setting(
            "GIT_BACKUP_DIR", "A git work tree that is committed and pushed every 6 hours.",
            example: "/home/me/models"),
    ]
}

/// What the tasks of `ops run` are about, besides the databases.
package struct TaskSettings: Sendable, Equatable {
    /// A JSON file whose content the daily report repeats; it need not exist unless a person named it.
    package let modelMetadata: URL
    package let isModelNamed: Bool
    /// A regular expression that the command line of a wanted process matches.
    package let processPattern: String?
    /// What starts it again; run by a shell.
    package let processRestart: String?
    /// The work tree that is committed and pushed every 6 hours.
    package let gitFolder: URL?
}

extension SettingsChecker {
    mutating func tasks() -> TaskSettings {
        TaskSettings(
            modelMetadata: path("MODEL_METADATA_FILE"),
            isModelNamed: source.text("MODEL_METADATA_FILE") != nil,
            processPattern: source.text("PROCESS_CHECK_PATTERN"),
            processRestart: source.text("PROCESS_RESTART_COMMAND"),
            gitFolder: source.text("GIT_BACKUP_DIR").map { URL(filePath: $0, directoryHint: .isDirectory) })
    }
}
