"""Ctrl-C, in a process of its own: what it says, and that it ends whatever the command is doing."""

from __future__ import annotations

import subprocess
import sys
from typing import IO

import pytest

from tests.unit.cli.terminal import Terminal

BEGIN = """
import os, signal, sys, threading, time
from wordvectors.cli import interrupt

def press():
    os.kill(os.getpid(), signal.SIGINT)

def command():
{body}

interrupt.attend(command)
"""
PATIENCE_SECONDS = 60


def ended(body: str, answers: str | IO[bytes] = "") -> tuple[int, str, str]:
    """Run a command; return its exit status and what it printed on both streams."""
    indented = "\n".join(f"    {line}" for line in body.splitlines())
    given = {"input": answers} if isinstance(answers, str) else {"stdin": answers}
    process = subprocess.run(
        [sys.executable, "-c", BEGIN.format(body=indented)],
        capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False, **given,
    )  # fmt: skip
    return process.returncode, process.stdout, process.stderr


def test_what_goes_on_is_said_and_what_is_at_hand_is_cleared_up():
    body = """
interrupt.CLEARING_UP_SECONDS = 60    # a busy machine may not come back to the command within the usual half second
with interrupt.says("The server goes on."), interrupt.says() as note:
    note.text = "The run goes on."
    try:
        press()
        time.sleep(600)
    finally:
        print("cleared up")
"""
    assert ended(body) == (130, "cleared up\n", "The server goes on.\nThe run goes on.\n")


def test_a_command_that_has_not_noticed_the_signal_is_sent_another():
    """As when it came just before the command began to wait: the system call that waits is not interrupted then."""
    body = """
interrupt.CLEARING_UP_SECONDS = 30
kill, lost = signal.pthread_kill, []
signal.pthread_kill = lambda *where: kill(*where) if lost else lost.append(where)
try:
    press()
    time.sleep(600)
finally:
    print("cleared up")
"""
    assert ended(body)[:2] == (130, "cleared up\n")


@pytest.mark.parametrize(
    "stuck",
    [
        # As in queue.get of urllib3's pool: the lock is taken, and the `with` that gives it back not yet entered.
        "lock = threading.Lock()\n    lock.acquire()\n    try:\n        press(); time.sleep(600)\n    finally:\n"
        "        lock.acquire()",
        "class Finalized:\n        def __del__(self):\n            press(); time.sleep(600)\n    Finalized()\n"
        "    time.sleep(600)",
        "while True:\n        try:\n            press(); time.sleep(600)\n        except BaseException: pass",
    ],
    ids=["a lost lock", "a finalizer", "an exception that is swallowed"],
)
def test_what_does_not_clear_up_is_ended_all_the_same(stuck):
    status, _, err = ended(f'with interrupt.says("The run goes on."):\n    {stuck}')

    assert status == 130
    assert "The run goes on.\n" in err


QUESTION = """
stop_wanted = threading.Event()
def goes_on():
    if interrupt.answer_to("Leave it, or stop it?") != "stop":
        return False
    stop_wanted.set()
    return True
with interrupt.says("It was left."), interrupt.asks(goes_on):
    press()
    {meanwhile}
    stop_wanted.wait(600)
print("stopped")
"""


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ("stop\n", (0, "stopped\n", "\nLeave it, or stop it? ")),
        ("\n", (130, "", "\nLeave it, or stop it? It was left.\n")),
        ("", (130, "", "\nLeave it, or stop it? It was left.\n")),
    ],
    ids=["stop", "leave", "nobody there"],
)
def test_a_question_is_asked_while_the_command_goes_on(answers, expected):
    assert ended(QUESTION.format(meanwhile=""), answers) == expected


def test_a_press_at_the_question_leaves():
    meanwhile = "while not interrupt._asking.locked(): time.sleep(0.01)\n    press()"
    body = QUESTION.format(meanwhile=meanwhile)
    with subprocess.Popen(["sleep", str(PATIENCE_SECONDS)], stdout=subprocess.PIPE) as nobody_answers:
        status, _, err = ended(body, nobody_answers.stdout)
        nobody_answers.kill()

    assert (status, err.endswith("It was left.\n")) == (130, True)


@pytest.mark.parametrize("module", ["cli.interrupt", "process", "cli.app"])
def test_an_import_is_interrupted_quietly(module):
    begun = (
        "import os, signal, sys, time\n"
        "class Interrupts:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == 'wordvectors.{module}':\n"
        "            os.kill(os.getpid(), signal.SIGINT); time.sleep(600)\n"
        "sys.meta_path.insert(0, Interrupts())\n"
        "import wordvectors.cli\n"
        "wordvectors.cli.main()\n"
    )
    process = subprocess.run(
        [sys.executable, "-c", begun], capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    assert (process.returncode, process.stdout, process.stderr) == (130, "", "")


def test_a_background_job_of_a_shell_goes_on():
    job = "import signal, os\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    body = 'press()\nprint("done")'
    indented = "\n".join(f"    {line}" for line in body.splitlines())
    process = subprocess.run(
        [sys.executable, "-c", job + BEGIN.format(body=indented)], capture_output=True, text=True, check=False
    )
    assert (process.returncode, process.stdout) == (0, "done\n")


@pytest.mark.parametrize("columns", [30, 200])
def test_in_a_terminal_what_goes_on_is_wrapped_between_words(columns):
    said = (
        "wv-mine-0123456789ab was left as it is: `wordvectors show wv-mine-0123456789ab` shows how it stands."
    )
    body = f'    with interrupt.says("{said}"):\n        press(); time.sleep(600)'
    made = Terminal(columns)
    process = subprocess.run([sys.executable, "-c", BEGIN.format(body=body)], stderr=made.theirs, check=False)
    made.close()

    lines = [line for line in made.screen() if line]
    assert (process.returncode, " ".join(lines)) == (130, said)
    assert max(map(len, lines)) <= columns
    assert (len(lines) == 1) is (columns > len(said))
