import Subprocess

/// How a program ended, and what it said.
package struct ProgramEnd: Sendable, Equatable {
    /// Its exit status; 128 and the signal's number where a signal ended it, as shells say it.
    package let status: Int
    /// The last 256 KiB of stdout and of stderr.
    package let output: String
    package let errors: String

    init(_ status: TerminationStatus, output: String, errors: String) {
        switch status {
        case .exited(let code): self.status = Int(code)
        case .signaled(let signal): self.status = 128 + Int(signal)
        }
        self.output = output
        self.errors = errors
    }

    package var succeeded: Bool { status == 0 }

    /// The last lines that it said, as one line for a message.
    package var lastWords: String {
        let words = errors.isEmpty ? output : errors
        return String(words.split(whereSeparator: \.isNewline).suffix(3).joined(separator: "; ").suffix(500))
    }
}
