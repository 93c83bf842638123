"""Messages are found wherever they stand."""

from io import BytesIO

from lib import messages


def found(source: str) -> list[str]:
    return [message for _line, _name, message, _notes in messages.of_python(BytesIO(source.encode()), (), (), {})]


def test_plain_marked_joined_and_inside_of_an_f_string() -> None:
    assert found('_("one")') == ["one"]
    assert found('N_("two " "parts")') == ["two parts"]
    assert found("f'<b>{escape(_(\"three\").format(n=1))}</b>'") == ["three"]


def test_what_is_no_text_is_no_message() -> None:
    assert found('_(name); _(""); f("four"); _({"five": 5}["five"])') == []


def test_title_and_story_of_a_preset() -> None:
    preset = BytesIO(b'{"title": "Net", "story": "Once.", "source": "Book"}')
    assert [message for _line, _name, message, _notes in messages.of_preset(preset, (), (), {})] == ["Net", "Once."]
