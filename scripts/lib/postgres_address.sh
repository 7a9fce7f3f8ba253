# shellcheck shell=bash
# Which Postgres the commands use, and how psql gets there without a password in its arguments. Needs messages.sh.

# setting NAME: from the environment, else from ./.env; as the commands read it, from the file of NAME_FILE too.
setting() {
    local name
    for name in "$1_FILE" "$1"; do
        local value=${!name:-}
        [ -n "$value" ] || ! [ -r .env ] || value=$(sed -n "s/^$name=//p" .env | tail -n 1)
        [ -n "$value" ] || continue
        if [ "$name" = "$1" ]; then printf '%s\n' "$value"; else head -n 1 -- "$value"; fi
        return
    done
}

is_postgres() { [[ $1 =~ ^postgres(ql)?:// || $1 == *=* ]]; }

# find_address [URL]: sets `address` to a URL or keywords without a password, and exports the password for psql.
find_address() {
    address=${1:-$(setting DATABASE_URL)}
    if [ -n "${1:-}" ] && ! is_postgres "$address"; then
        stop 64 "--database is no address of Postgres" "write postgres://user@host:5432/name"
    fi
    if is_postgres "$address"; then
        take_password
    elif [ -n "$(setting POSTGRES_HOST)" ]; then
        address="host=$(quoted "$(setting POSTGRES_HOST)") port=$(quoted "$(setting POSTGRES_PORT)")"
        address+=" dbname=$(quoted "$(setting POSTGRES_DB)" cryptotrader)"
        address+=" user=$(quoted "$(setting POSTGRES_USER)" postgres)"
        keep_password "$(setting POSTGRES_PASSWORD)"
    else
        stop 64 "no Postgres is configured" "set DATABASE_URL or POSTGRES_HOST, or name one with --database postgres://…"
    fi
}

# keep_password TEXT: for psql; an empty one leaves it to what psql has by itself.
keep_password() { [ -z "$1" ] || export PGPASSWORD=$1; }

# quoted TEXT [DEFAULT]: as the value of a keyword of libpq.
quoted() {
    local text=${1:-${2:-}}
    text=${text//\\/\\\\}
    printf "'%s'" "${text//\'/\\\'}"
}

# take_password: out of `address`, for psql.
take_password() {
    local password=
    local in_url='^(postgres(ql)?://[^:@/?]*):([^@/]*)@(.*)$' in_query='^([^?]*\?(.*&)?)password=([^&]*)&?(.*)$'
    local keyword="^((.*[[:space:]])?)password[[:space:]]*=[[:space:]]*('(([^'\\]|\\\\.)*)'|([^[:space:]]*))(.*)\$"
    if [[ $address =~ ^postgres(ql)?:// ]]; then
        if [[ $address =~ $in_url ]]; then
            password=${BASH_REMATCH[3]}
            address=${BASH_REMATCH[1]}@${BASH_REMATCH[4]}
        fi
        if [[ $address =~ $in_query ]]; then
            password=${BASH_REMATCH[3]}
            address=${BASH_REMATCH[1]}${BASH_REMATCH[4]}
        fi
        password=$(decoded "$password")
    elif [[ $address =~ $keyword ]]; then
        password=${BASH_REMATCH[4]}${BASH_REMATCH[6]}
        address=${BASH_REMATCH[1]}${BASH_REMATCH[7]}
        password=$(unescaped "$password")
    fi
    keep_password "$password"
}

# unescaped TEXT: of a keyword's value, where a backslash keeps the next character.
unescaped() {
    local text=$1 plain='' i
    for ((i = 0; i < ${#text}; i++)); do
        [ "${text:i:1}" != \\ ] || i=$((i + 1))
        plain+=${text:i:1}
    done
    printf '%s' "$plain"
}

# decoded TEXT: of a URL.
decoded() {
    local text=${1//\\/\\\\}
    printf '%b' "${text//%/\\x}"
}

# url_of ROLE HOST PORT DATABASE: without a password; what `address` says of encryption is kept.
url_of() {
    local host=${2//\//%2F} options='' name
    [[ $host != *:* ]] || host=[$host]
    for name in sslmode sslrootcert; do
        if [[ $address =~ (^|[?&[:space:]])$name=\'?([^&[:space:]\']*) ]]; then options+="&$name=${BASH_REMATCH[2]}"; fi
    done
    printf 'postgres://%s@%s:%s/%s%s\n' "$1" "$host" "$3" "$(encoded "$4")" "${options/#&/?}"
}

# encoded TEXT: whatever a URL could misread, in percent signs.
encoded() {
    local text=$1 byte i
    for ((i = 0; i < ${#text}; i++)); do
        byte=${text:i:1}
        if [[ $byte =~ [A-Za-z0-9._~-] ]]; then printf '%s' "$byte"; else printf '%s' "$byte" | od -An -v -tx1 | tr -d '\n' | sed 's/ /%/g'; fi
    done
}
