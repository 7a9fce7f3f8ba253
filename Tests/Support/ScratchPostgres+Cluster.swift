import Foundation

extension ScratchPostgres {
    struct Failure: Error, CustomStringConvertible {
        let text: String
        var description: String { text }
    }

    /// The folder of the server's programs: the first on PATH, else the newest of a Debian installation.
    static let binaries: String? = {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let debian = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: debian)) ?? []
        let newest = versions.sorted { $0.compare($1, options: .numeric) == .orderedDescending }
        let folders = path.split(separator: ":").map(String.init) + newest.map { "\(debian)/\($0)/bin" }
        return folders.first { folder in
            ["initdb", "postgres", "createdb", "pg_isready"].allSatisfy { program in
                FileManager.default.isExecutableFile(atPath: "\(folder)/\(program)")
            }
        }
    }()

    /// Keeps one cluster: reads a command a line, answers `ok` or what went wrong, and cleans up at the end of its
    /// input.
    ///
    /// The server refuses to run as root, so root hands it to the user `postgres`.
    static let script = """
        folder=$1 binaries=$2 port=$3 password=$4 server=
        trap '' INT TERM HUP
        cd / && umask 077 && mkdir "$folder" && printf '%s\\n' "$password" > "$folder/password"
        as=
        if [ "$(id -u)" = 0 ]; then
            as='setpriv --reuid=postgres --regid=postgres --init-groups'
            chown -R postgres: "$folder"
        fi
        make() {
            $as "$binaries/initdb" -D "$folder/data" -U postgres -A scram-sha-256 --pwfile="$folder/password" \\
                -E UTF8 --locale=C --no-sync --no-instructions >> "$folder/log" 2>&1 &&
                printf 'local all all trust\\nhost all all 127.0.0.1/32 scram-sha-256\\n' > "$folder/data/pg_hba.conf"
        }
        start() {
            [ -d "$folder/data" ] || make || return 1
            $as "$binaries/postgres" -D "$folder/data" -k "$folder" -h 127.0.0.1 -p "$port" -F \\
                -c synchronous_commit=off -c full_page_writes=off -c max_connections=300 < /dev/null >> "$folder/log" 2>&1 &
            server=$!
            until "$binaries/pg_isready" -q -h "$folder" -p "$port"; do
                kill -0 "$server" 2> /dev/null || return 1
                sleep 0.05
            done
        }
        end() {
            [ -z "$server" ] && return 0
            kill "-$1" "$server"
            wait "$server"
            server=
        }
        while read -r command argument; do
            case $command in
                start) start ;;
                stop) end INT ;;
                crash) end QUIT ;;
                create) "$binaries/createdb" -h "$folder" -p "$port" -U postgres "$argument" >> "$folder/log" 2>&1 ;;
            esac && echo ok || echo "failed:" $(tail -n 3 "$folder/log")
        done
        end QUIT
        rm -rf "$folder"
        """
}
