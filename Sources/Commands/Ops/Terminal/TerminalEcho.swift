import Host

/// Whether the terminal shows what is typed.
enum TerminalEcho {
    static func off() async { await set("-echo") }
    static func on() async { await set("echo") }

    /// Only the terminal's foreground may change it, unless it ignores the signal that says so.
    private static func set(_ mode: String) async {
        let script = "trap '' TTOU; exec stty -F /dev/tty \(mode)"
        // Without a terminal there is nothing to change.
        _ = try? await Program("sh", ["-c", script], deadline: .seconds(5)).run()
    }
}
