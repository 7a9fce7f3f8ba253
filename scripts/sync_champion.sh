#!/usr/bin/env bash
# Commits everything that changed in a folder of a git work tree, and pushes it.
#
# usage: scripts/sync_champion.sh [FOLDER]      default: the working folder
#
# Nothing outside FOLDER is committed or pushed, and what somebody has staged there stays staged. Its last line is what it did.
# `ops run` calls it every 6 hours in GIT_BACKUP_DIR, with a deadline of 120 seconds. A push that failed is made up for by the
# next run. Exit codes: 0 done, or nothing to do; 64 no work tree; 69 the push failed; 74 git failed; 78 what would be pushed
# holds secrets, conflicts, a repository of its own or changes outside FOLDER, or the work tree is in the middle of something;
# then nothing was committed.
set -euo pipefail
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
# In bytes: else `grep` takes a name that is no UTF-8 for a binary file.
export GIT_LITERAL_PATHSPECS=1 LC_ALL=C

# What must never be pushed, however it came here: settings, credentials, keys. Whatever the case of the letters.
settings='[^/]*\.env([^[:alnum:]/][^/]*)?|\.envrc|\.env/.*|(alert_config|gdrive_credentials|drive_config|listener_config)\.json[^/]*'
credentials='(service[-_]account|client_secret|credentials|[^/]*firebase-adminsdk)[^/]*\.json|credentials|token\.json|rclone\.conf|kubeconfig'
credentials+='|\.(pgpass|netrc|pypirc|npmrc|s3cfg|boto|dockercfg|my\.cnf|vault-token|htpasswd|git-credentials)|\.(docker/config\.json|kube/config)'
credentials+='|(frontend_)?database_url|postgres_password|telegram_bot_token|smtp_url|admin_alert_webhook|(backup|alert)_ping_url'
keys='id_(rsa|dsa|ecdsa|ed25519)(_sk)?|[^/]*\.(pem|key|p12|pfx|jks|keystore|kdbx|ppk)'
# As editors and people name copies; an editor's own begin with a dot.
copies='([~ ]|\.(bak|old|orig|save|tmp|sw[a-p]|gz|zip|[0-9]+))*'
readonly secret_names="(^|/)\.?($settings|$credentials|$keys)$copies\$"
readonly harmless_names='(^|/)[[:alnum:]_-]*\.env\.(example|sample|template|dist)$'
readonly private_key='-----BEGIN [A-Z ]*PRIVATE KEY\( BLOCK\)\{0,1\}-----'

stop() {
    echo "Error: $2" >&2
    exit "$1"
}

# The names, which end with a NUL each, on one line, so that none of them can write to a terminal.
listed() {
    local names=() name
    while IFS= read -r -d '' name; do names+=("$(printf %q "$name")"); done
    local line
    printf -v line '%s, ' "${names[@]:0:5}"
    [ ${#names[@]} -le 5 ] || line+="and $((${#names[@]} - 5)) more, "
    echo "${line%, }"
}

# Of the names in a file, those that `git grep` finds with these options in the index. It exits 1 where it finds none.
staged_with() {
    local list=$1 code=0
    shift
    (cd "$top" && xargs --null --arg-file="$list" --no-run-if-empty git grep --cached -I -lz "$@" --) || code=$?
    [ $code -eq 0 ] || [ $code -eq 123 ] || exit 74
}

# Of the names on stdin those of secrets. A line end is a sign of a name as any other, which grep would take for its end.
secret_of() {
    local name
    shopt -s nocasematch
    while IFS= read -r -d '' name; do
        if [[ $name =~ $secret_names && ! $name =~ $harmless_names ]]; then printf '%s\0' "$name"; fi
    done
    shopt -u nocasematch
}

refuse_if_any() {
    local found=$1 why=$2
    [ ! -s "$found" ] || stop 78 "$(listed <"$found") $why"
}

cd "${1:-.}"
[ "$(git rev-parse --is-inside-work-tree 2>/dev/null || true)" = true ] \
    || stop 64 "$(printf %q "$PWD") is no git work tree; run 'git init' and add a remote"
top=$(git rev-parse --show-toplevel)
own=$(git rev-parse --show-prefix)
for mark in MERGE_HEAD CHERRY_PICK_HEAD REVERT_HEAD BISECT_LOG rebase-merge rebase-apply; do
    [ ! -e "$(git rev-parse --git-path "$mark")" ] \
        || stop 78 "the work tree is in the middle of a merge, rebase or bisect ($mark); end it there first"
done
branch=$(git symbolic-ref --quiet --short HEAD) \
    || stop 78 "the work tree is on no branch, so that nothing says where to push to; run 'git switch BRANCH' there"
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
git ls-files -z --unmerged | sed -z 's/^[^\t]*\t//' | sort -zu >"$work/found"
refuse_if_any "$work/found" "has a conflict; resolve it and run 'git add' there"

# Git would keep only the number of another repository's commit, and none of its files.
while IFS= read -r -d '' repository; do
    nested=${repository%/.git}
    GIT_LITERAL_PATHSPECS=0 git check-ignore --quiet -- "$nested" && continue
    path=$own${nested#./}
    git config --file "$top/.gitmodules" --get-regexp '^submodule\..*\.path$' 2>/dev/null | cut -d ' ' -f 2- | grep -Fxq -- "$path" \
        || printf '%s\0' "$nested"
done < <(
    find . -mindepth 2 -name .git -prune -print0
    # One without a work tree, whose settings may hold a password.
    find . -mindepth 2 -name HEAD -type f ! -path '*/.git/*' -execdir test -d objects -a -d refs \; -printf '%h/.git\0'
) >"$work/found"
refuse_if_any "$work/found" \
    "is a repository of its own, of which nothing would be pushed; write its name into .gitignore, or make it a submodule"

# An index of its own: what somebody has staged is not committed, and stays as it is where this ends early.
real=$(git rev-parse --git-path index)
[ ! -e "$real" ] || cp -- "$real" "$work/index"
export GIT_INDEX_FILE=$work/index
if git rev-parse --verify --quiet HEAD >/dev/null; then git read-tree --reset HEAD; else git read-tree --empty; fi || exit 74
git add --all -- . || exit 74

remote=$(git config "branch.$branch.remote" || true)
if [[ -z $remote || $remote == . ]]; then remote=$(git remote | head -1); fi
# What a push brings: the changes, and all that was committed since the last one.
git diff --cached --name-only --no-renames --diff-filter=d -z >"$work/staged"
: >"$work/committed"
if git rev-parse --verify --quiet HEAD >/dev/null; then
    git rev-list HEAD --not ${remote:+"--remotes=$remote"} >"$work/commits"
    git diff-tree --stdin -r -m --root --no-commit-id --no-renames --name-only --diff-filter=d -z <"$work/commits" >"$work/committed"
fi
sort -zu "$work/staged" "$work/committed" >"$work/pushed"

if [[ -n $own ]]; then
    while IFS= read -r -d '' name; do [[ $name == "$own"* ]] || printf '%s\0' "$name"; done <"$work/committed" >"$work/found"
    refuse_if_any "$work/found" "lies outside of $(printf %q "$own") and would be pushed with it: 'git push' it yourself first"
fi
secret_of <"$work/pushed" >"$work/found"
[ -s "$work/found" ] || staged_with "$work/pushed" -e "$private_key" >"$work/found"
refuse_if_any "$work/found" "holds secrets, and would be pushed; write its name into .gitignore, and take it out of what was committed"
staged_with "$work/pushed" --all-match -e '^<<<<<<< ' -e '^>>>>>>> ' >"$work/found"
refuse_if_any "$work/found" "holds the marks of a conflict; resolve it first"

if [ ! -s "$work/staged" ] && git diff --cached --quiet; then
    made=nothing
else
    git commit --quiet --message "Back up $(date --utc +%Y-%m-%dT%H:%M:%SZ)" \
        || stop 74 "git made no commit: see what it or a hook of the work tree said, and run 'git commit' there by hand"
    made=committed
fi
unset GIT_INDEX_FILE
# Where somebody has the index open at this moment it only looks changed; the next run mends it.
[ $made == nothing ] || git reset --quiet -- . || true

if ! git rev-parse --verify --quiet HEAD >/dev/null; then
    echo "nothing to commit or to push"
    exit 0
fi
[[ -n $remote ]] || stop 69 "there is no remote to push to; add one with 'git remote add origin ADDRESS'"
if [[ $made == nothing ]] && [[ $(git rev-parse HEAD) == $(git rev-parse --verify --quiet "refs/remotes/$remote/$branch" || true) ]]; then
    echo "nothing to commit or to push"
    exit 0
fi
git push --quiet --set-upstream "$remote" "HEAD:refs/heads/$branch" || exit 69
echo "pushed $(git rev-parse --short HEAD) to $remote/$branch"
