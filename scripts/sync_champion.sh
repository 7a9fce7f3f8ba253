#!/usr/bin/env bash
# Commits everything that changed in a git work tree, and pushes it.
#
# usage: scripts/sync_champion.sh [FOLDER]      default: the working folder
#
# Its last line is what it did. `ops run` calls it every 6 hours in GIT_BACKUP_DIR, with a deadline of 120 seconds. A push that
# failed is made up for by the next run. Exit codes: 0 done, or nothing to do; 64 no work tree; 69 the push failed; 74 git failed; 78 a file
# with secrets would be pushed.
set -euo pipefail

cd "${1:-.}"
git rev-parse --is-inside-work-tree >/dev/null 2>&1 \
    || { echo "Error: $PWD is no git work tree; run 'git init' and add a remote" >&2; exit 64; }

git add --all || exit 74
# What must never be pushed, however it came here.
secrets=$(git diff --cached --name-only --diff-filter=d | grep -E '(^|/)(\.env|alert_config\.json|gdrive_credentials\.json)$' || true)
if [[ -n $secrets ]]; then
    git reset --quiet
    echo "Error: ${secrets//$'\n'/, } holds secrets, and would be pushed; write its name into .gitignore" >&2
    exit 78
fi
if git diff --cached --quiet; then
    made=nothing
else
    git commit --quiet --message "Back up $(date --utc +%Y-%m-%dT%H:%M:%SZ)" || exit 74
    made=committed
fi

branch=$(git symbolic-ref --short HEAD)
remote=$(git config "branch.$branch.remote" || git remote | head -1)
if [[ -z $remote ]]; then
    echo "Error: there is no remote to push to; add one with 'git remote add origin ADDRESS'" >&2
    exit 69
fi
if [[ $made == nothing ]] && [[ $(git rev-parse HEAD) == $(git rev-parse --verify --quiet "refs/remotes/$remote/$branch" || true) ]]; then
    echo "nothing to commit or to push"
    exit 0
fi
git push --quiet --set-upstream "$remote" "HEAD:$branch" || exit 69
echo "pushed $(git rev-parse --short HEAD) to $remote/$branch"
