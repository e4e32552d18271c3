"""One taking of a lesson."""

import io

from tests.test_scenarios import checked_session
from thpsh.scenario import parser, syntax
from thpsh.scenario.course import Answer, Course, answer, go_on, reached
from thpsh.scenario.lesson import read_lesson

TEXT = "spawn app\nmmap app buf 2M\npredict slots app buf\ntouch app buf 4K\ngoal slots app buf == .\nhint x\n"


def test_questions_stop_the_telling_until_they_are_answered():
    session = checked_session({"memory": 1 << 30})
    course = Course(read_lesson(parser.parse("x", TEXT, syntax.complete)), session.machine)
    out = io.StringIO()

    def run(line, sink):
        return session.interpreter.run(line, sink, sink)

    go_on(course, session, run, out)
    assert (course.asked, course.ready) == (True, False)
    assert "What will `slots app buf` be after `touch app buf 4K`?" in out.getvalue()
    given = answer(course, "H", session, run, out)
    assert (given.right, course.ready) == (True, True)
    assert reached(course, session) == [False]
    run("madvise app buf 2M dontneed", out)
    assert reached(course, session) == [True]


def test_sizes_are_compared_as_sizes():
    assert Answer("x", "2M", "2048 kB").right
    assert not Answer("x", "4 kB", "2048 kB").right
