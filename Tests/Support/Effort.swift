import Foundation

/// How much a run of the tests may take, as `scripts/test` says by its environment.
package enum Effort {
    /// `scripts/test --long`: figures are asked for, too.
    package static let isLong = ProcessInfo.processInfo.environment["LONG"] == "1"
    /// A build whose every access to memory is watched, and that takes some ten times as long.
    private static let isSanitized = ProcessInfo.processInfo.environment["SANITIZED"] == "1"

    /// So many rounds of what is drawn at random: a tenth of the usual ones in a sanitized build.
    package static func rounds(_ usual: Int, long: Int) -> Int {
        if isLong { return long }
        return isSanitized ? max(1, usual / 10) : usual
    }
}
