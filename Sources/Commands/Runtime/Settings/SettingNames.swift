import Candles

/// The names of settings as they stand in the environment and in `.env`, to find those that a person misspelt.
struct SettingNames {
    /// Every name that begins like this is ours, so that one which is not read must be a slip.
    private static let prefix = "CT_"

    private let names: Set<String>

    /// `file` is what a `.env` names.
    init(environment: [String: String], file: Set<String>) { names = file.union(environment.keys) }

    /// One sentence for each of our names that nothing reads, naming the nearest that is read.
    func problems(known: [String]) -> [String] {
        let ours = known.filter { $0.hasPrefix(Self.prefix) }
        return names.filter { $0.hasPrefix(Self.prefix) && !ours.contains($0) }.sorted().map { name in
            let nearest = Spelling.nearest(to: name, in: ours)
            return "\(name): " + (nearest.map { "did you mean \($0)?" } ?? "there is no such setting")
        }
    }

    /// Those that are set, in order.
    func beginning(with prefix: String) -> [String] { names.filter { $0.hasPrefix(prefix) }.sorted() }
}
