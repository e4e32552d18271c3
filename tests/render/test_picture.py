"""Pictures of views."""

import re
from xml.etree import ElementTree as ET

from thpsh.render.picture import picture

SVG = "{http://www.w3.org/2000/svg}"


def test_text_stands_letter_by_letter_and_markup_is_escaped():
    tree = ET.fromstring(picture("a <b> & c", ["x  y"]))
    texts = [(each.text, each.get("x").split()) for each in tree.iter(f"{SVG}text")]
    assert texts[0][0] == "thpsh>a<b>&c"
    assert texts[1] == ("xy", ["14.0", "39.2"])
    assert tree.find(f"{SVG}title").text == "a <b> & c"


def test_letters_of_a_map_have_their_ground_and_stay_letters():
    text = picture("slots", ["app  HHP.H  some HUGE words"])
    assert len(re.findall(r'<rect x="[\d.]+" y="33"', text)) == 4
    assert ">HHH</text>" in text  # white on green
    assert 'fill="#2b8a3e"' in text


def test_nothing_is_fetched():
    assert re.findall(r"(?:https?:)?//[^\"]+", picture("x", ["y"])) == ["http://www.w3.org/2000/svg"]


def test_the_same_text_makes_the_same_bytes():
    assert picture("x", ["HHHH"]) == picture("x", ["HHHH"])


def test_a_map_of_owners_has_a_colour_for_each_process_and_none_for_what_is_free():
    row = "   0  DMA32  0x1000   aab.*:"
    colours = re.findall(r'<rect x="[\d.]+" y="33"[^>]*fill="([^"]+)"', picture("phys --owners", [row]))
    assert len(colours) == 5
    assert colours[0] == colours[1] != colours[2]
    assert len(set(colours)) == 4
    assert 'y="33"' not in re.sub("<text.*", "", picture("phys --owners", ["a app 3M  H many"]))


def test_bars_have_the_ground_of_what_is_there():
    assert len(re.findall(r'<rect x="[\d.]+" y="33"', picture("lru --bars", ["ACTIVE_ANON  12.5  ###....."]))) == 3
