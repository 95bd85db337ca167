"""Bytecode for what is deployed: a Lambda can't write any, so without it each cold start compiles every module (680 ms instead of 250).

The files say "unchecked-hash" (PEP 552): they hold no time, so that an unchanged source makes an unchanged artifact, and nothing is looked up at import.
"""

from pathlib import Path

from infra.local.processes import run_tool


def compile_artifacts(build: Path, python: Path, *, log: Path) -> None:
    """Compile every artifact in SAM's build folder, with the interpreter of the functions' runtime.

    Tracebacks will name the files where Lambda puts them: layers in /opt, functions in /var/task.
    """
    for artifact in sorted(path for path in build.iterdir() if path.is_dir()):
        mounted = "/opt" if (artifact / "python").is_dir() else "/var/task"
        run_tool(
            [python, "-m", "compileall", "-q", "-j", "0", "--invalidation-mode", "unchecked-hash", "-s", artifact, "-p", mounted, artifact],
            cwd=build, env={}, log=log, failure=f"compiling {artifact.name} failed",
        )  # fmt: skip
