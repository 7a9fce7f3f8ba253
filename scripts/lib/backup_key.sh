# shellcheck shell=bash
# Makes the key that signs backups, before the first backup. Needs messages.sh.

# shellcheck source=scripts/lib/settings.sh
. "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/settings.sh"

# make_backup_key OPS FILE…: in the clone that is the working folder, with the settings of a unit, which has those of FILE and of the
# clone's .env, and nothing of the caller's environment. A key that is there stays as it is.
make_backup_key() {
    local ops=$1 name value settings=()
    shift
    for name in BACKUP_DIR BACKUP_KEY_FILE STATE_DIR; do
        value=$(setting "$name" "$@")
        if [ -n "$value" ]; then settings+=("$name=$value"); else settings=(-u "$name" "${settings[@]}"); fi
    done
    env "${settings[@]}" "$ops" backup --make-key
}
