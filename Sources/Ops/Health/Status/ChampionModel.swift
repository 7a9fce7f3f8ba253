import Host

/// The model that trades: what its metadata say of it.
struct ChampionModel: Equatable {
    let name: String
    /// As it stands there, rounded to four places.
    let sharpe: Double?

    /// Nil where the metadata name no model.
    init?(_ metadata: JSONValue?) {
        guard let members = metadata?.members else { return nil }
        let name = Self.first(of: ["champion_name", "champion", "model_name", "model", "name"], in: members) { value in
            if case .text(let text) = value, !text.isEmpty { text } else { nil }
        }
        let sharpe = Self.first(of: ["sharpe_ratio", "sharpe", "best_sharpe", "best_sharpe_ratio"], in: members) {
            value in
            switch value {
            case .integer(let number): Double(number)
            case .number(let number): number
            default: nil
            }
        }
        guard name != nil || sharpe != nil else { return nil }
        self.name = String((name ?? "without a name").filter { !$0.isNewline }.prefix(60))
        self.sharpe = sharpe
    }

    var sentence: String {
        guard let sharpe else { return "champion \(name), Sharpe ratio unknown" }
        let rounded = (sharpe * 10_000).rounded() / 10_000
        return "champion \(name), Sharpe ratio \(rounded == 0 || !rounded.isFinite ? sharpe : rounded)"
    }

    /// The first of these keys that has such a value: at the top, else in an object beneath it.
    private static func first<T>(
        of keys: [String], in members: [String: JSONValue], _ read: (JSONValue) -> T?
    ) -> T? {
        for key in keys {
            if let found = members[key].flatMap(read) { return found }
        }
        for (_, value) in members.sorted(by: { $0.key < $1.key }) {
            if let inner = value.members, let found = first(of: keys, in: inner, read) { return found }
        }
        return nil
    }
}
