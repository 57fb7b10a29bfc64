import io

from rich.console import Console

from shadow.demo.screen import Screen


def screen(*, terminal):
    """Give a screen and what is written to it."""
    out = io.StringIO()
    return Screen(Console(file=out, force_terminal=terminal, width=100, soft_wrap=True)), out


def test_progress_is_told_in_quarters_where_there_is_no_terminal():
    """A log gets a line for each quarter."""
    shown, out = screen(terminal=False)
    with shown.progress("requests", 6) as advance:
        for _ in range(6):
            advance()

    assert out.getvalue().splitlines() == [f"  requests: {n} of 6" for n in (2, 3, 5, 6)]


def test_progress_is_a_bar_on_a_terminal():
    """A person sees a bar that ends full."""
    shown, out = screen(terminal=True)
    with shown.progress("requests", 2) as advance:
        advance()
        advance()

    assert "2/2" in out.getvalue()


def test_a_command_is_shown_as_one_types_it():
    """Words with spaces are quoted."""
    shown, out = screen(terminal=False)
    shown.command("shadow", "kill", "--why", "too many errors")

    assert out.getvalue() == "$ shadow kill --why 'too many errors'\n"


def test_brackets_in_a_line_are_text():
    """What is said is never read as markup."""
    shown, out = screen(terminal=False)
    shown.say("pip install 'shadow-router[demo-llm]'")
    shown.title("[bold]")

    assert out.getvalue() == "pip install 'shadow-router[demo-llm]'\n\n[bold]\n"


def test_results_go_to_standard_output(capsys):
    """A result can be piped away from the story."""
    screen(terminal=False)[0].result("report")

    assert capsys.readouterr().out == "report\n"
