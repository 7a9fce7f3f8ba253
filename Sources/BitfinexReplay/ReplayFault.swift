package import Resilience

/// Why the replay cannot start, or cannot read what it should serve.
package enum ReplayFault: Fault, Equatable {
    case unreadableFolder(path: String)
    case emptyFolder(path: String)
    case malformedFileName(path: String)
    case malformedRow(path: String, line: Int)
    case unorderedRow(path: String, line: Int)
    case unreadableFile(path: String, reason: String)
    case cannotBind(host: String, port: Int, reason: String)

    package var code: String {
        switch self {
        case .unreadableFolder, .emptyFolder, .malformedFileName, .malformedRow, .unorderedRow, .unreadableFile:
            "replay-data"
        case .cannotBind: "replay-port"
        }
    }
    package var kind: FaultKind { .unavailable }
    package var disposition: Disposition { .permanent }
    package var summary: String {
        switch self {
        case .unreadableFolder(let path): "the folder '\(path)' cannot be read"
        case .emptyFolder(let path): "the folder '\(path)' holds no recorded candles"
        case .malformedFileName(let path): "the name of '\(path)' does not give symbol, timeframe and year"
        case .malformedRow(let path, let line): "line \(line) of '\(path)' is not a candle"
        case .unorderedRow(let path, let line): "line \(line) of '\(path)' is not newer than the row before it"
        case .unreadableFile(let path, let reason): "'\(path)' cannot be read: \(reason)"
        case .cannotBind(let host, let port, let reason): "cannot listen on \(host):\(port): \(reason)"
        }
    }
    package var hint: String? {
        switch self {
        case .unreadableFolder: "name a folder that exists and may be read with --data"
        case .emptyFolder: "put files named as in BTCUSD_1m_2017.jsonl.gz there, or use --generate"
        case .malformedFileName:
            "name it SYMBOL_TIMEFRAME_YEAR.jsonl.gz, as in BTCUSD_1m_2017.jsonl.gz or DUSK_USD_1m_2021.jsonl.gz"
        case .malformedRow: "each line must be [MTS,OPEN,CLOSE,HIGH,LOW,VOLUME] with MTS in milliseconds"
        case .unorderedRow: "sort the rows by time, without duplicates, and let the files of a series not overlap"
        case .unreadableFile: "take another copy of the file"
        case .cannotBind: "name another --port (0 takes a free one), or end the program that has it"
        }
    }
}
