# Makes .venv on Python 3.13 with what development and the local academy need.
set -euo pipefail

find_python() {
    local candidate
    for candidate in python3.13 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.13*/bin/python3.13 python3; do
        # A pyenv shim exists for versions that are not active: ask it.
        if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 13))' 2>/dev/null; then
            "$candidate" -c 'import os, sys; print(os.path.realpath(sys._base_executable))'
            return
        fi
    done
    echo "Python 3.13 is missing: install it (pyenv install 3.13, or your system's python3.13 and python3.13-venv)." >&2
    return 1
}

offline() {
    echo "The packages could not be fetched from PyPI: check the network and run it again." >&2
    exit 1
}

if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' 2>/dev/null; then
    python=$(find_python)
    echo "Making .venv with $python (once) …"
    rm -rf .venv
    "$python" -m venv .venv
fi
uv=$(sed -n 's/^ *"\(uv==[^"]*\)".*/\1/p' pyproject.toml)
[ -x .venv/bin/uv ] && [ "$(.venv/bin/uv --version | cut -d' ' -f2)" = "${uv#uv==}" ] ||
    .venv/bin/python -m pip install --quiet --disable-pip-version-check "$uv" || offline
.venv/bin/uv pip install --quiet --python .venv/bin/python -r requirements.txt \
    --group test --group check --group local || offline
# The product's package and this repository, importable by every tool in the environment.
printf '%s\n' "$PWD" "$PWD/layers/academy" >"$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')/academy.pth"
