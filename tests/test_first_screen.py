"""The picture on the README's first screen is what the program draws."""

import re
from pathlib import Path

from tests.commands.typed import Typed
from thpsh.cli.host_files import HostFiles

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PICTURE = ROOT / ".github" / "slots.svg"


def test_the_lines_below_the_picture_draw_it(tmp_path):
    block = re.search(r"!\[[^\]]*\]\(\.github/slots\.svg\)\n\n.*?```\n(.*?)```", README, re.DOTALL)[1]
    lines = [line.removeprefix("thpsh> ") for line in block.splitlines() if line.startswith("thpsh> ")]
    assert lines[-1] == "slots --svg slots.svg"
    host = Typed(memory=8 << 30, cpus=2)
    host.session.host_files = HostFiles()
    for line in lines[:-1]:
        host(line)
    host(f"slots --svg {tmp_path / 'slots.svg'}")
    assert (tmp_path / "slots.svg").read_bytes() == PICTURE.read_bytes()
