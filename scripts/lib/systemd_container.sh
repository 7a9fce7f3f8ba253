# shellcheck shell=bash
# Puts the project into a copy of a root and boots it with systemd-nspawn. Needs messages.sh.

# install_project ROOT BINARIES: as a clone in the home of user flip, built, with the Swift runtime beside the system's libraries.
install_project() {
    local root=$1 binaries=$2 home=$1/home/flip/cryptotrader name library
    install -d "$home/.build/release" "$root/usr/lib/swift-runtime" "$root/etc/ld.so.conf.d"
    cp -a systemd scripts docs "$home/"
    for name in $3; do
        cp -- "$binaries/$name" "$home/.build/release/$name"
        while read -r library; do
            cp -n -- "$library" "$root/usr/lib/swift-runtime/"
        done < <(swift_libraries_of "$binaries/$name")
    done
    # What programs load at run time: the files of the dashboard.
    cp -a -- "$binaries"/cryptotrader_*.resources "$home/.build/release/"
    printf '/usr/lib/swift-runtime\n' >"$root/etc/ld.so.conf.d/swift-runtime.conf"
    chroot "$root" ldconfig
    chroot "$root" chown -R flip:flip /home/flip
    for name in $3; do
        if chroot "$root" ldd "/home/flip/cryptotrader/.build/release/$name" 2>/dev/null | grep 'not found' >&2; then
            stop 70 "$name lacks these libraries inside the root" "add their package to root_packages in scripts/lib/debian_root.sh"
        fi
    done
}

# The shared libraries of a program that come with the toolchain, not with a package.
swift_libraries_of() {
    ldd "$1" 2>/dev/null | sed -n 's/.* => \(\/.*\/swift\/linux\/[^ ]*\) (.*/\1/p'
}

# install_scenarios ROOT: the scenarios of Tests/Systemd and the unit that runs them at boot and then powers off.
install_scenarios() {
    local root=$1
    install -d "$root/scenarios" "$root/usr/local/bin" "$root/usr/local/lib/scenarios" "$root/etc/systemd/system/multi-user.target.wants"
    # A journal that is kept: only then a user can read the lines of their own units.
    install -d "$root/var/log/journal"
    install -m 644 Tests/Systemd/*.sh "$root/scenarios/"
    install -m 755 Tests/Systemd/inside/as-flip Tests/Systemd/inside/run-scenarios "$root/usr/local/bin/"
    install -m 644 Tests/Systemd/inside/*.sh "$root/usr/local/lib/scenarios/"
    install -m 644 Tests/Systemd/inside/*.service "$root/etc/systemd/system/"
    ln -s ../scenarios.service "$root/etc/systemd/system/multi-user.target.wants/"
}

# install_recordings ROOT FOLDER: the end of three recordings, one of them under a name with a colon; without FOLDER, none.
install_recordings() {
    local recording names=(BTCUSD_1m_2017=BTCUSD_1m_2017 IOTUSD_1m_2019=IOTUSD_1m_2019 BTCUSD_1m_2016=DUSK_USD_1m_2016)
    for recording in "${names[@]}"; do
        [ -n "$2" ] && [ -e "$2/${recording%=*}.jsonl.gz" ] || return 0
    done
    install -d "$1/srv/recordings"
    for recording in "${names[@]}"; do
        zcat "$2/${recording%=*}.jsonl.gz" | tail -n 12000 | gzip >"$1/srv/recordings/${recording#*=}.jsonl.gz"
    done
}

# boot_container ROOT RESULTS NAME SECONDS: returns when the container has powered off, or 124 when its time is over. After a
# reboot inside it is booted again, once the seconds are over that were left in RESULTS/off.
boot_container() {
    local root=$1 results=$2 name=$3 limit=$4 host_flags=() group
    # Where systemd does not run the host there is nobody to register with, and no scope to be put into.
    if [ ! -d /run/systemd/system ]; then
        host_flags=(--register=no --keep-unit)
        for group in /sys/fs/cgroup /sys/fs/cgroup/unified /sys/fs/cgroup/systemd; do
            [ -w "$group/cgroup.procs" ] || continue
            mkdir "$group/$name" && container_groups+=("$group/$name")
        done
    fi
    local deadline=$((SECONDS + limit)) code=$nspawn_rebooted
    while [ "$code" -eq "$nspawn_rebooted" ]; do
        (
            for group in "${container_groups[@]}"; do printf '%s\n' "$BASHPID" >"$group/cgroup.procs"; done
            exec timeout --kill-after=30 $((deadline - SECONDS)) systemd-nspawn --boot --quiet "${host_flags[@]}" \
                --directory="$root" --machine="$name" --bind="$results:/results" --private-network \
                --settings=no --resolv-conf=off --timezone=off --link-journal=no --console=pipe \
                </dev/null >>"$results/console.log" 2>&1
        ) &
        container_pid=$!
        code=0
        wait "$container_pid" || code=$?
        sleep "$(cat "$results/off" 2>/dev/null || echo 0)"
        rm -f -- "$results/off"
        [ "$SECONDS" -lt "$deadline" ] || return 124
    done
    return "$code"
}

# What systemd-nspawn ends with, where nobody else restarts it, when the container wants to reboot.
readonly nspawn_rebooted=133
container_pid=
container_groups=()

# clean_container NAME: ends the container, if it still runs, and removes what the host holds for it.
clean_container() {
    local group
    if [ -n "$container_pid" ] && kill -TERM "$container_pid" 2>/dev/null; then wait "$container_pid" || true; fi
    container_pid=
    for group in "${container_groups[@]}"; do
        find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || true
    done
    container_groups=()
    rmdir "/run/systemd/nspawn/propagate/$1" 2>/dev/null || true
}
