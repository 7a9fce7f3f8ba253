import Host
import Resilience

/// How busy the graphics cards are.
package struct GPUReading: Sendable, Equatable {
    /// Percent; the busiest card.
    package let utilization: Double
    /// MiB; all cards together.
    package let memoryUsed: Int

    package init(utilization: Double, memoryUsed: Int) {
        self.utilization = utilization
        self.memoryUsed = memoryUsed
    }

    /// Reads lines of `utilization, memory` as `nvidia-smi --format=csv,noheader,nounits` prints them; nil where none is one.
    package init?(csv: String) {
        let cards = csv.split(whereSeparator: \.isNewline).compactMap { line -> (Double, Int)? in
            let cells = line.split(separator: ",").map { $0.drop { $0 == " " } }
            // A card that does not know says "[N/A]".
            guard cells.count == 2, let busy = Double(cells[0]), let used = Int(cells[1]) else { return nil }
            return (busy, used)
        }
        guard let busiest = cards.map(\.0).max() else { return nil }
        self.init(utilization: busiest, memoryUsed: cards.map(\.1).reduce(0) { $0.plus($1) })
    }

    static let program = Program(
        "nvidia-smi", ["--query-gpu=utilization.gpu,memory.used", "--format=csv,noheader,nounits"],
        deadline: .seconds(5))
}
