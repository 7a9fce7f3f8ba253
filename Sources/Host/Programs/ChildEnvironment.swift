package import Subprocess

extension Environment {
    /// What a program of others gets: our environment without our secrets, and with `changes`; nil takes a name out of it.
    package static func withoutSecrets(_ changes: [String: String?] = [:]) -> Environment {
        let none = Dictionary(uniqueKeysWithValues: SecretNames.all.map { ($0, String?.none) })
        return sharingSecrets(none.merging(changes) { $1 })
    }

    /// What a program of ours gets, which reads the same settings.
    package static func sharingSecrets(_ changes: [String: String?] = [:]) -> Environment {
        let keyed = changes.map { (Key(stringLiteral: $0.key), $0.value) }
        return .inherit.updating(Dictionary(uniqueKeysWithValues: keyed))
    }
}
