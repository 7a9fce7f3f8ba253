import Candles

extension ProvenPage {
    /// So many kept rows in a page's range must be looked at to know whether only its ends are kept.
    static let keptRowsToSee = 3

    /// The rows that are not kept yet, where nothing but the page's ends is kept, and these say the same; nil where the page
    /// must be merged.
    ///
    /// Pages of one series overlap by their witness: all but the first begin with a row that the page before brought.
    /// `kept` are the kept rows in the page's range, the oldest `keptRowsToSee` of them.
    func newRows(besides kept: [StoredCandle]) -> ArraySlice<Candle>? {
        if kept.count >= Self.keptRowsToSee || kept.contains(where: { !$0.final }) { return nil }
        var rows = candles[...]
        var others = kept.map(\.candle)[...]
        if let first = others.first, first == rows.first {
            rows.removeFirst()
            others.removeFirst()
        }
        if let last = others.last, last == rows.last {
            rows.removeLast()
            others.removeLast()
        }
        return others.isEmpty ? rows : nil
    }
}
