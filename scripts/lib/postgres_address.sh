# shellcheck shell=bash
# Which Postgres the commands use, and how psql gets there without a password in its arguments. Needs messages.sh.

# setting NAME: from the environment, else from ./.env; as the commands read it, from the file of NAME_FILE too.
setting() {
    local name
    for name in "$1_FILE" "$1"; do
        local value=${!name:-}
        [ -n "$value" ] || value=$(in_env_file "$name")
        [ -n "$value" ] || continue
        if [ "$name" = "$1" ]; then printf '%s\n' "$value"; else first_line "$value"; fi
        return
    done
}

# first_line FILE: without the mark of UTF-8, however the line ends.
first_line() { head -n 1 -- "$1" | sed $'1s/^\xEF\xBB\xBF//; s/\r.*$//'; }

# in_env_file NAME: the last value of it in ./.env, as the commands read it: any line end, `export`, spaces around `=`, quotes.
in_env_file() {
    [ -r .env ] || return 0
    local value
    value=$(tr '\r' '\n' <.env | LC_ALL=C sed -n $'1s/^\xEF\xBB\xBF//
        s/[[:space:]]*$//
        s/^[[:space:]]*\(export[[:space:]][[:space:]]*\)\\{0,1\\}'"$1"$'[[:space:]]*=[[:space:]]*//p' | tail -n 1)
    if [[ $value =~ ^\"(([^\"\\]|\\.)*)\"[[:space:]]*(#.*)?$ ]]; then
        value=${BASH_REMATCH[1]//\\\"/\"}
        value=${value//\\\\/\\}
    elif [[ $value =~ ^\'([^\']*)\'[[:space:]]*(#.*)?$ ]]; then
        value=${BASH_REMATCH[1]}
    fi
    printf '%s' "$value"
}

# refuse_ambiguous: a password with a raw @, / or : in it would be taken for a host or a database, and shown.
refuse_ambiguous() {
    local host='(\[[0-9A-Fa-f:.]+(%[^]@]*)?\]|[^][@/:?,[:space:]]*)(:[0-9]*)?'
    local right="^postgres(ql)?://([^@/]*@)?$host(,$host)*(/[^@/:?]*)?(\\?[^@]*)?\$"
    [[ ! $address =~ ^postgres(ql)?:// || $address =~ $right ]] || stop 78 "the database URL cannot be understood" \
        "percent-encode special characters of its password: @ is %40, / is %2F, : is %3A"
}

is_postgres() { [[ $1 =~ ^postgres(ql)?:// || $1 == *=* ]]; }

# find_address [URL]: sets `address` to a URL or keywords without a password, and exports the password for psql.
find_address() {
    address=${1:-$(setting DATABASE_URL)}
    if [ -n "${1:-}" ] && ! is_postgres "$address"; then
        stop 64 "--database is no address of Postgres" "write postgres://user@host:5432/name"
    fi
    if is_postgres "$address"; then
        refuse_ambiguous
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
