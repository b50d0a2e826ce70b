# Shared by the scripts in this folder: how they speak, and how they wait for each other.

say() { printf '%s\n' "$*" >&2; }

give_up() { say "$@"; exit 1; }

# Two makes at once would install over each other; the second waits. Without flock (macOS) they simply run.
one_at_a_time() {
    command -v flock >/dev/null || return 0
    exec 9>.venv.lock
    flock 9
}
