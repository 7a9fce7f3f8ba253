import Postgres
import TestSupport
import Testing

@Suite(.enabled(if: ScratchPostgres.isEnabled, "apt-get install postgresql"), .timeLimit(.minutes(2)))
struct BinaryResultTests {
    private func binary(_ sql: String, _ parameters: [String?] = []) async throws -> BinaryResult {
        try await PostgresConnection.toScratch().transaction { try $0.runBinaryQuery(sql, parameters) }
    }

    @Test func `whole numbers of each width keep their sign`() async throws {
        let row = try await binary(
            "SELECT -2::smallint, -70000::integer, (-9223372036854775808)::bigint, 9223372036854775807, NULL::bigint")
        #expect((0..<5).map { row.integer(0, $0) } == [-2, -70_000, .min, .max, nil])
    }

    @Test func `doubles keep every bit`() async throws {
        let row = try await binary(
            "SELECT 0.0072031000000000005::float8, '-0'::float8, '5e-324'::float8, 'Infinity'::float8, 'NaN'::float8, NULL::float8"
        )
        #expect(row.double(0, 0) == 0.0072031000000000005)
        #expect(row.double(0, 1)?.sign == .minus)
        #expect(row.double(0, 2) == .leastNonzeroMagnitude)
        #expect(row.double(0, 3) == .infinity)
        #expect(row.double(0, 4)?.isNaN == true)
        #expect(row.double(0, 5) == nil)
    }

    @Test(arguments: [0, 1, -1, 946_684_800_000, 946_684_799_999, 1_483_228_800_000, 253_402_300_799_999] as [Int64])
    func `times are Unix milliseconds`(time: Int64) async throws {
        let row = try await binary(
            "SELECT timestamptz '1970-01-01 00:00:00+00' + $1::bigint * interval '1 millisecond'", ["\(time)"])
        #expect(row.milliseconds(0, 0) == time)
    }

    @Test func `parts of a millisecond are rounded down, and the ends of time are the last that can be told`()
        async throws
    {
        let row = try await binary(
            "SELECT '1969-12-31 23:59:59.9995+00'::timestamptz, '1970-01-01 00:00:00.0005+00'::timestamptz, 'infinity'::timestamptz"
        )
        #expect(row.milliseconds(0, 0) == -1)
        #expect(row.milliseconds(0, 1) == 0)
        #expect(row.milliseconds(0, 2) == Int64.max / 1000)
    }

    @Test func `truth is told, and a text is not`() async throws {
        let row = try await binary("SELECT true, false, NULL::boolean, 'long enough'")
        #expect((0..<4).map { row.bool(0, $0) } == [true, false, nil, nil])
    }

    @Test func `rows come in their order, and none is none`() async throws {
        let rows = try await binary("SELECT n, -n FROM generate_series(1, 3) AS n")
        #expect((0..<rows.rowCount).map { rows.integer($0, 1) } == [-1, -2, -3])
        #expect(try await binary("SELECT 1 WHERE false").rowCount == 0)
    }

    @Test func `an error is the server's, and the connection stays usable`() async throws {
        let connection = try await PostgresConnection.toScratch()
        let fault = await #expect(throws: PostgresFault.self) {
            try await connection.transaction { _ = try $0.runBinaryQuery("SELECT 1 / 0") }
        }
        #expect(fault?.sqlstate == "22012")
        #expect(try await connection.query("SELECT 1").rows == [["1"]])
    }
}
