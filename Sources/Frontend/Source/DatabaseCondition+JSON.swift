extension DatabaseCondition {
    private enum CodingKeys: String, CodingKey { case kind, state, message, hint }

    /// With null for what there is none of.
    package func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(kind, forKey: .kind)
        try box.encode(state, forKey: .state)
        try box.encode(message, forKey: .message)
        try box.encode(hint, forKey: .hint)
    }
}
