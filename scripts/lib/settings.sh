# shellcheck shell=bash
# Reads single settings for scripts, as the programs read them.

# setting NAME FILE…: prints the value of NAME in the first of these files of NAME=value that sets it; nothing where none does.
setting() {
    local name=$1 file value
    shift
    for file in "$@"; do
        [ -r "$file" ] || continue
        value=$(sed -n -E $'1s/^\xEF\xBB\xBF//; s/\r$//; s/^[ \t]*(export[ \t]+)?'"$name"$'[ \t]*=[ \t]*//p' "$file" | tail -n 1)
        value=${value%"${value##*[! ]}"}
        case $value in
            \"*\") value=${value#\"} value=${value%\"} ;;
            \'*\') value=${value#\'} value=${value%\'} ;;
        esac
        if [ -n "$value" ]; then
            printf '%s\n' "$value"
            return 0
        fi
    done
}
