/// What one look of `ops doctor` found.
struct Diagnosis: Encodable, Sendable, Equatable {
    enum Level: String, Encodable, Sendable, Comparable {
        case fine, warning, broken

        static func < (left: Level, right: Level) -> Bool { left.order < right.order }

        private var order: Int {
            switch self {
            case .fine: 0
            case .warning: 1
            case .broken: 2
            }
        }

        /// At the start of a line.
        var mark: String {
            switch self {
            case .fine: "ok  "
            case .warning: "WARN"
            case .broken: "FAIL"
            }
        }
    }

    let level: Level
    /// What was looked at, as in `database` or `clock`.
    let area: String
    let what: String
    /// What to do; nil where nothing is to be done.
    let remedy: String?

    static func fine(_ area: String, _ what: String) -> Diagnosis {
        Diagnosis(level: .fine, area: area, what: what, remedy: nil)
    }

    static func warning(_ area: String, _ what: String, do remedy: String) -> Diagnosis {
        Diagnosis(level: .warning, area: area, what: what, remedy: remedy)
    }

    static func broken(_ area: String, _ what: String, do remedy: String) -> Diagnosis {
        Diagnosis(level: .broken, area: area, what: what, remedy: remedy)
    }
}
