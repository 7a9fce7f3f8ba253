#!/usr/bin/env bash
# Brings a database back from a backup: `ops restore`, with the list of backups first, and a log.
set -euo pipefail

usage() {
    cat <<'END'
usage: scripts/restore_database.sh --type sqlite|postgres [--file FILE] [--yes] [OPTION of `ops restore`]...

Lists the backups, shows what a restore would change, and asks for confirmation. Then `ops restore` backs up the current database,
restores, and compares. It runs in the clone, from any folder, and appends its output to a log.

  --type TYPE  sqlite or postgres: the database of that kind in the clone's .env
  --file FILE  a path, or a name in BACKUP_DIR (default: the newest good backup)
  --yes        show no list and ask no question

Other options are passed to ops: --undo undoes the last restore, --dry-run changes nothing. `ops restore --help` lists them all.

  BACKUP_DIR   folder of the backups (default: backups in the clone)
  LOG_FILE     the log (default: LOG_FILE of the clone's .env, else logs/backup.log in the clone)

Exit codes are those of ops: 0 restored and compared, 20 failed and rolled back, 21 could not be rolled back, 10 stopped, 12 damaged,
64 usage or not confirmed, 69 unavailable (also: not built), 74 storage, 75 busy, 78 configuration.
END
}

# shellcheck source=scripts/lib/project.sh
. "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/lib/project.sh"
# shellcheck source=scripts/lib/logged_ops.sh
. scripts/lib/logged_ops.sh

# file_of NAME: a path as the caller means it, where there is such a file; else as it is, for a name in BACKUP_DIR.
file_of() {
    local path
    path=$(callers_path "$1")
    if [ -e "$path" ]; then printf '%s\n' "$path"; else printf '%s\n' "$1"; fi
}

type=
lists=yes
arguments=()
while [ $# -gt 0 ]; do
    case $1 in --type=* | --file=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" ;; esac
    case $1 in
        --type | --file)
            [ $# -ge 2 ] || stop 64 "$1 needs a value"
            if [ "$1" = --type ]; then type=$2; else set -- "$1" "$(file_of "$2")" "${@:3}"; fi
            arguments+=("$1" "$2")
            shift
            ;;
        -h | --help) usage && exit 0 ;;
        *)
            case $1 in --yes | --list | --json) lists= ;; esac
            arguments+=("$1")
            ;;
    esac
    shift
done
case $type in
    sqlite | postgres) ;;
    '') usage >&2 && stop 64 "say which database: --type sqlite or --type postgres" ;;
    *) stop 64 "there is no type '$type'" "use sqlite or postgres" ;;
esac

find_ops
use_callers_settings
start_log "ops restore --type $type"
[ -z "$lists" ] || run_ops restore --type "$type" --list
# Whoever ends the list with Ctrl-C does not want the rest.
[ "$code" -eq 10 ] || run_ops restore "${arguments[@]}"
end_log
exit "$code"
