extension Setting {
    static let exchange: [Setting] = [
        Setting(
            "BITFINEX_REST_URL",
            """
            Address of Bitfinex's public REST API, http or https, without /v2. A database remembers it and \
            refuses to mix two.
            """,
            default: "https://api-pub.bitfinex.com"),
        Setting(
            "BITFINEX_WS_URL", "Address of Bitfinex's public WebSocket, ws or wss: what `ingest stream` listens to.",
            default: "wss://api-pub.bitfinex.com/ws/2"),
    ]

    static let certificates: [Setting] = [
        Setting(
            "SSL_CERT_FILE",
            """
            A file in PEM form with the only authorities whose certificates are trusted, for all connections by \
            TLS: for a proxy that reads along, or a mirror of one's own. A file without any is refused.
            """,
            otherwise: "those of the system (package ca-certificates)", example: "/etc/ssl/certs/ca-certificates.crt"),
        Setting(
            "SSL_CERT_DIR",
            """
            In place of it, a folder with certificates in PEM form under their hashes, as `openssl rehash` names \
            them; SSL_CERT_FILE comes first.
            """,
            example: "/etc/ssl/certs"),
    ]

    static let budget: [Setting] = [
        Setting(
            "BITFINEX_REQUESTS_PER_MINUTE",
            """
            Requests that all jobs of this host together may send to one endpoint in any 60 seconds; 0 is no \
            limit (bans are honoured all the same).
            """,
            default: "20", in: 0...60_000, unit: "requests a minute")
    ]

    static let series: [Setting] = [
        Setting(
            "CT_SYMBOL", "Pair or perpetual, in upper case, as in BTCUSD, DUSK:USD or BTCF0:USTF0.",
            otherwise: "not set; the command asks for --symbol", example: "BTCUSD"),
        Setting(
            "CT_TIMEFRAME", "One of 1m, 5m, 15m, 30m, 1h, 3h, 6h, 12h, 1D.",
            otherwise: "not set; the command asks for --timeframe", example: "1m"),
        Setting(
            "CT_LOOKBACK_DAYS",
            """
            Days that `ingest backfill --resume` reaches back on a series that has no candle yet.
            """,
            default: "30", in: 1...36_500, unit: "days"),
    ]
}
