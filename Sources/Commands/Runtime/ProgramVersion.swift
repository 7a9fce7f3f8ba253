/// The version of all commands, as health and metrics name it.
package enum ProgramVersion {
    package static let text = "0.5.0"
}
