package import Logging

/// Where a job speaks while it works.
///
/// What it returns is printed by the command that runs it.
package protocol JobOutput: Sendable {
    /// Whether the result is printed as a document.
    var json: Bool { get }
    /// Whether a bar can be drawn over itself.
    var drawsBars: Bool { get }
    /// Whether a unit runs the program without a terminal: then a run says one line.
    var isOfUnit: Bool { get }

    /// From here on errors are told as those of a run that the journal counts; of none where `run` is nil.
    func belongs(to run: Int64?)
    /// A line beside the result.
    func note(_ line: String, _ level: Logger.Level)
    /// A line of the result, which the logs keep too; a document replaces it.
    func report(_ line: String, _ level: Logger.Level)
    /// A line for the logs alone.
    func keep(_ line: String, _ level: Logger.Level, _ fields: Logger.Metadata)
    /// An error and what to do about it; `isResult`: whether it is the whole result.
    func fail(_ error: any Error, document isResult: Bool)
    /// Replaces the last line of the terminal.
    func show(bar: String)
}

extension JobOutput {
    package func note(_ line: String) { note(line, .info) }
}
