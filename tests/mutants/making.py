"""The mutants, made by mutmut: `python -m tests.mutants.making` in a folder of mutmut's layout writes mutants/ and mutants.json.

A mutated module holds each function's original and all its mutants; mutmut's trampoline calls the one that is under test.
"""

import difflib
import json
import textwrap
from dataclasses import asdict
from pathlib import Path

from mutmut.__main__ import create_file_mutants
from mutmut.mutation.data import MutantLineSpans, SourceFileMutationData
from mutmut.utils.file_utils import copy_also_copy_files, copy_src_dir, walk_mutatable_files, walk_source_files
from mutmut.utils.format_utils import mangled_name_from_mutant_name

from tests.mutants.mutant import LIST, Mutant


def _mutant(path: Path, name: str) -> Mutant:
    spans = MutantLineSpans.load(path)
    assert spans is not None
    generated = name.rpartition(".")[2]
    function = mangled_name_from_mutant_name(generated)
    names = (f"{function}__mutmut_orig", generated)
    before, after = (
        textwrap.dedent(source).replace(each, function.rpartition("ǁ")[2].removeprefix("x_")).splitlines()
        for each, source in zip(names, spans.read_function_sources(list(names)), strict=True)
    )
    lines = difflib.unified_diff(before, after, n=0, lineterm="")
    change = "\n".join(line for line in lines if line[0] in "+-" and line[:3] not in {"---", "+++"})
    same = next((number for number, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]), 0)
    return Mutant(name, change, spans.span_by_function_name[names[0]].start + same, same)


def _made() -> list[Mutant]:
    copy_src_dir()
    copy_also_copy_files()
    for path in walk_source_files():
        result = create_file_mutants(path)
        if result.error:
            raise result.error
    found = []
    for path in walk_mutatable_files():
        data = SourceFileMutationData(path=path)
        data.load()
        found += [_mutant(path, name) for name in data.exit_code_by_key]
    return found


if __name__ == "__main__":
    Path(LIST).write_text(json.dumps([asdict(mutant) for mutant in _made()], indent=0, ensure_ascii=False))
