"""`make capacity`: writes docs/capacity.md, or with --check says that it has drifted."""

import sys

from infra.capacity import inputs, page, template
from infra.template import ROOT


def main() -> int:
    target = ROOT / "docs" / "capacity.md"
    text = page.page(inputs.read(), template.production())
    if "--check" not in sys.argv:
        target.write_text(text)
        return 0
    if not target.exists() or target.read_text() != text:
        print("docs/capacity.md is not what the template and infra/capacity say: make capacity", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
