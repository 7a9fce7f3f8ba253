/// A version of Postgres or of one of its programs, such as 15.18.
package struct PostgresVersion: Sendable, Hashable, CustomStringConvertible {
    package let major: Int
    package let minor: Int

    package init(major: Int, minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// Reads the first number of `pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` or `15.18`; of a version in the making, such
    /// as `19beta1`, the minor is 0.
    package init?(_ text: String) {
        let digits = text.drop { !$0.isNumber }
        let major = digits.prefix { $0.isNumber }
        let rest = digits.dropFirst(major.count)
        guard let number = Int(major) else { return nil }
        self.init(major: number, minor: rest.first == "." ? Int(rest.dropFirst().prefix { $0.isNumber }) ?? 0 : 0)
    }

    /// Reads `server_version_num`, such as 150018.
    init?(number: String?) {
        guard let number = number.flatMap({ Int($0) }) else { return nil }
        self.init(major: number / 10_000, minor: number % 10_000)
    }

    package var description: String { "\(major).\(minor)" }

    /// Whether a psql of this version knows `\restrict`, without which it cannot read newer dumps.
    var knowsRestrict: Bool {
        let first = [13: 22, 14: 19, 15: 14, 16: 10, 17: 6]
        return major >= 18 || first[major].map { minor >= $0 } ?? false
    }
}
