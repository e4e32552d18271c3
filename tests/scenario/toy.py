"""A session without a kernel behind it: a few files, a trace, and commands that change them."""

from types import SimpleNamespace

from thpsh.errors import Errno, KernelError, UsageError
from thpsh.line.interpreter import Interpreter
from thpsh.observe.dmesg import Dmesg
from thpsh.observe.trace_buffer import TraceBuffer
from thpsh.scenario import expect, fails, marks, suite
from thpsh.scenario.replay import Replay
from thpsh.trace.bus import TraceBus
from thpsh.trace.clock import Clock
from thpsh.trace.events.huge_memory import SplitReason, ThpSplit
from thpsh.trace.events.printk import Printk

VMSTAT = "/proc/vmstat"


class ToySession:
    """Knows set, get, split, log, slots, table, expect, fails, mark, say, run."""

    def __init__(self, keys=None, files=None):
        self.texts = {VMSTAT: "thp_split 0\n", "/proc/meminfo": "AnonHugePages:      2048 kB\n"}
        bus = TraceBus(Clock())
        self.machine = SimpleNamespace(
            kernel=SimpleNamespace(trace=bus, tasks={}),
            trace=TraceBuffer(),
            dmesg=Dmesg(),
            selection=SimpleNamespace(has=lambda change: change == "25"),
        )
        bus.subscribe(self.machine.trace)
        bus.subscribe(self.machine.dmesg)
        self.replay = Replay()
        self.leaving = False
        self.keys = dict(keys or {})
        self.files = files
        self.ran = []
        self.interpreter = Interpreter(self)

    def execute(self, line, out, err):
        return self.interpreter.run(line, out, err)

    def knows(self, name):
        return hasattr(self, f"do_{name}")

    def read(self, path):
        return self.peek(path)

    def peek(self, path):
        if path not in self.texts:
            raise KernelError(Errno.ENOENT)
        return self.texts[path]

    def write(self, path, text, *, append):
        if path not in self.texts:
            raise KernelError(Errno.EACCES, "no such toy")
        self.texts[path] = text

    def glob(self, pattern):
        return []

    def host_pipe(self, argv, text, out):
        raise UsageError(f"{argv[0]}: no host pipes")

    def failed(self, errno, line, status, error, out, err):
        outcome = fails.judge(self, errno, line, status, error)
        out.write(error)
        return self.shown(outcome, err)

    def check(self, argv):
        if argv[0] == "fails":
            fails.check_name(argv[1])
        if argv[0] == "slots" and len(argv) != 3:
            raise UsageError("slots: expected PROC REGION")

    def command(self, argv, stdin, out, err):
        self.ran.append(" ".join(argv))
        try:
            self.check(argv)
            return getattr(self, f"do_{argv[0]}")(argv[1:], out, err) or 0
        except UsageError as error:
            err.write(f"{error}\n")
            return 2
        except KernelError as error:
            err.write(f"{argv[0]}: {error}\n")
            return 1

    @staticmethod
    def shown(outcome, err):
        if outcome.held:
            return 0
        err.write("\n".join(expect.outcome_lines(outcome)) + "\n")
        return 1

    def do_set(self, words, out, err):
        self.texts[words[0]] = " ".join(words[1:]) + "\n"

    def do_get(self, words, out, err):
        out.write(self.read(words[0]))

    def do_split(self, words, out, err):
        self.machine.kernel.trace.emit(ThpSplit(512, 1, SplitReason.MPROTECT, ((1, 0x200000),)))
        split = int(self.texts[VMSTAT].split()[1]) + 1
        self.texts[VMSTAT] = f"thp_split {split}\n"

    def do_log(self, words, out, err):
        self.machine.kernel.trace.emit(Printk(" ".join(words)))

    def do_slots(self, words, out, err):
        out.write("HF. 512 512 0\n")

    def do_table(self, words, out, err):
        if words:
            raise UsageError("table: takes no words")
        out.write("ZONE FREE\nDMA 3937\n")

    def do_expect(self, words, out, err):
        return self.shown(expect.check(self, words), err)

    def do_mark(self, words, out, err):
        marks.mark(self, *words)

    def do_say(self, words, out, err):
        out.write(" ".join(words) + "\n")

    def do_run(self, words, out, err):
        return suite.run_inside(self, self.files, lambda keys: ToySession(keys, self.files), words, out)


class ToyFiles:
    """Scenario files in a dict."""

    def __init__(self, **texts):
        self.texts = {f"{name}.thp": text for name, text in texts.items()}
        self.written = {}

    def scenarios(self, word):
        if f"{word}.thp" not in self.texts:
            raise UsageError(f"run: {word}: no such scenario")
        return [f"{word}.thp"]

    def read(self, path):
        return self.texts[path]

    def write(self, path, text):
        self.written[path] = text
