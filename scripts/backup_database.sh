#!/usr/bin/env bash
# Backs up every configured database and the host's journal: `ops backup`, with a log.
set -euo pipefail

usage() {
    cat <<'END'
usage: scripts/backup_database.sh [OPTION of `ops backup`]...

Runs `ops backup` in the clone, from any folder, and appends its output to a log. Options are passed on, such as `--type sqlite`.
The databases are those in the .env of the clone.

  BACKUP_DIR      folder of the backups (default: backups in the clone)
  LOG_FILE        the log (default: LOG_FILE of the clone's .env, else logs/backup.log in the clone)
  RETENTION_DAYS  days for which every backup is kept (default: 7)

Exit codes are those of ops: 0 backed up and verified, 10 stopped, 12 suspicious or damaged, 64 usage, 69 unavailable (also: not built),
74 storage, 75 busy, 78 configuration.
END
}

# shellcheck source=scripts/lib/project.sh
. "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/lib/project.sh"
# shellcheck source=scripts/lib/logged_ops.sh
. scripts/lib/logged_ops.sh

for argument in "$@"; do
    case $argument in -h | --help) usage && exit 0 ;; esac
done

find_ops
use_callers_settings
start_log "ops backup"
run_ops backup "$@"
end_log
exit "$code"
