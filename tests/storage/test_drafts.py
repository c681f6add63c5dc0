"""Texts whose placeholders are marks."""

from storage.drafts import MARK, Draft, Finding


def test_findings_become_placeholders_among_those_that_were_there():
    draft = Draft(f"{MARK} and Ada at 10.0.0.1 with {MARK}", ("<user>", "<url>"))
    replaced = draft.replace([Finding(13, 21, "ip"), Finding(6, 9, "name")])
    assert replaced.render() == "<user> and <name> at <ip> with <url>"
    assert replaced.kinds() == {"user": 1, "name": 1, "ip": 1, "url": 1}


def test_of_findings_that_overlap_the_first_and_longest_counts():
    findings = [Finding(3, 9, "name"), Finding(0, 6, "address"), Finding(0, 2, "phone")]
    assert Draft("12 Ada Rd!").replace(findings).render() == "<address> Rd!"


def test_a_finding_takes_the_marks_inside_it_along():
    draft = Draft(f"a {MARK} b {MARK} c", ("<user>", "<url>"))
    assert draft.replace([Finding(0, 5, "secret")]).render() == "<secret> <url> c"


def test_a_traced_draft_knows_what_stood_where_its_marks_are():
    draft = Draft(f"{MARK} and Ada at {MARK} 1!", ("<user>", "<url>"), ("<@U1>", "<x:y>"))
    replaced = draft.replace([Finding(6, 9, "name")]).replace([Finding(11, 14, "ip")])
    assert replaced.render() == "<user> and <name> at <ip>!"
    assert replaced.sources == ("<@U1>", "Ada", "<x:y> 1")
    assert replaced.restore() == "<@U1> and Ada at <x:y> 1!"
