"""The command cgroup."""

from tests.commands.typed import with_app


def test_a_group_is_made_limited_filled_and_removed():
    t = with_app()
    t("cgroup create web 64M; cgroup create web/inner; cgroup attach /web app")
    assert t("cat /cgroup/web/memory.limit_in_bytes") == "67108864\n"
    assert t("cat /proc/app/cgroup") == "1:memory:/web\n"
    assert "(EBUSY)" in t.fails("cgroup rm web")
    t("cgroup rm web/inner; cgroup attach / app; cgroup set /cgroup/web limit_in_bytes 1M")
    assert t("cat /cgroup/web/memory.limit_in_bytes") == "1048576\n"
    t("cgroup set web notify_on_release 1; cgroup rm web")
    assert "(ENOENT)" in t.fails("ls /cgroup/web")


def test_wrong_words_are_refused_with_the_form_they_should_have():
    t = with_app()
    assert "expected cgroup attach PATH PROC" in t.fails("cgroup attach web", status=2)
    assert "create" in t.fails("cgroup make web", status=2)
    assert "(ENOENT)" in t.fails("cgroup attach nothing app")
