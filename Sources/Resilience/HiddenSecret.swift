extension String {
    /// Without a secret that another side may have repeated.
    ///
    /// One of fewer than 8 signs is taken out only where it stands alone: a gap within a word would tell it.
    package func hiding(_ secret: String) -> String {
        if secret.isEmpty { return self }
        var text = ""
        var rest = self[...]
        while let found = rest.firstRange(of: secret) {
            let isWithin = secret.count < 8 && isWithinWord(found)
            text += rest[..<found.lowerBound] + (isWithin ? secret : "<redacted>")
            rest = rest[found.upperBound...]
        }
        return text + rest
    }

    private func isWithinWord(_ range: Range<Index>) -> Bool {
        let before = range.lowerBound > startIndex ? self[index(before: range.lowerBound)] : " "
        let after = range.upperBound < endIndex ? self[range.upperBound] : " "
        return [before, after].contains { $0.isLetter || $0.isNumber }
    }
}
