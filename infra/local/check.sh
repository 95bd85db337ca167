# Every quality check; all of them run, and the exit code tells whether one failed.
set -uo pipefail
failed=()
check() {
    local name=$1
    shift
    echo "── $name"
    "$@" || failed+=("$name")
}
bin=.venv/bin
told=$(mktemp)
# The longest by far has a core to itself; the others take their turns on the second.
$bin/mypy >"$told" 2>&1 &
types=$!
trap 'kill $types 2>/dev/null; rm -f "$told"' EXIT
type_check() {
    local code=0
    wait $types || code=$?
    cat "$told"
    return $code
}
check "format" $bin/ruff format --check --quiet .
check "lint" $bin/ruff check --quiet .
check "architecture" $bin/lint-imports
check "template" $bin/cfn-lint template.yaml infra/*.yaml
check "SAM" $bin/python -m infra.local validate
check "checkov" $bin/python -m infra.local checkov
# SQL made of constants (B608) and urlopen (B310) are ruff's to judge, line by line: S608, S310.
check "security" $bin/bandit --quiet --recursive --severity-level medium --skip B608,B310 layers/academy functions
check "OpenAPI drift" $bin/python -m infra.openapi.generate --check
check "capacity drift" $bin/python -m infra.capacity --check
check "types" type_check
if [ ${#failed[@]} -gt 0 ]; then
    echo "Failed: ${failed[*]}" >&2
    exit 1
fi
echo "All checks passed."
