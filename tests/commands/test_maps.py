"""The command maps."""

from tests.commands.typed import with_app


def test_maps_names_regions():
    out = with_app()("maps app")
    assert out.splitlines()[0].split() == ["START", "END", "SIZE", "PERM", "ADVICE", "WHAT"]
    assert "buf" in out
    assert "heap" in out
    assert "stack" in out
