/// A part of this host that `ops doctor` asks whether it is well.
///
/// It changes nothing.
package protocol Check: Sendable {
    func findings() async -> [Diagnosis]
}

/// What one look found.
package struct Diagnosis: Encodable, Sendable, Equatable {
    package enum Level: String, Encodable, Sendable, Comparable {
        case fine, warning, broken

        package static func < (left: Level, right: Level) -> Bool { left.order < right.order }

        private var order: Int {
            switch self {
            case .fine: 0
            case .warning: 1
            case .broken: 2
            }
        }

        /// At the start of a line.
        package var mark: String {
            switch self {
            case .fine: "ok  "
            case .warning: "WARN"
            case .broken: "FAIL"
            }
        }
    }

    package let level: Level
    /// What was looked at, as in `database` or `clock`.
    package let area: String
    package let what: String
    /// What to do; nil where nothing is to be done.
    package let remedy: String?

    package static func fine(_ area: String, _ what: String) -> Diagnosis {
        Diagnosis(level: .fine, area: area, what: what, remedy: nil)
    }

    package static func warning(_ area: String, _ what: String, do remedy: String) -> Diagnosis {
        Diagnosis(level: .warning, area: area, what: what, remedy: remedy)
    }

    package static func broken(_ area: String, _ what: String, do remedy: String) -> Diagnosis {
        Diagnosis(level: .broken, area: area, what: what, remedy: remedy)
    }
}
