"""The page: well formed, inert, for everyone, and small."""

import base64
import hashlib
import html as markup
import re
from html.parser import HTMLParser
from itertools import pairwise

import audits
import pytest

from fairaudit.policy import Policy
from fairaudit.report import html
from fairaudit.report.words import Words

VOID = {"meta", "link", "br", "img", "input", "hr", "col"}
SHAPES = {"path", "use", "circle", "rect"}


class Page(HTMLParser):
    """What a page holds; closing tags must match."""

    def __init__(self, text):
        super().__init__()
        self.stack, self.tags, self.texts = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        assert len(dict(attrs)) == len(attrs), f"{tag} has an attribute twice"
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        assert tag in VOID | SHAPES, tag
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.stack, f"</{tag}> closes nothing"
        assert self.stack[-1] == tag, f"</{tag}> closes <{self.stack[-1]}>"
        self.stack.pop()

    def handle_data(self, data):
        if not {"style", "svg"} & set(self.stack):
            self.texts.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture
def page(audit):
    return Page(html.render(audit))


def test_every_tag_is_closed_in_its_place(page):
    assert page.stack == []


def test_nothing_runs_and_nothing_is_fetched(audit, page):
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "img", "link", "iframe", "object", "embed", "form", "base", "audio", "video"}
    for tag, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on") or name in ("src", "srcset", "action")]
        assert attributes.get("href", "#").startswith("#"), (tag, attributes)
    style = re.search(r"<style>(.*?)</style>", html.render(audit), re.DOTALL)[1]
    assert "url(" not in style
    assert "@import" not in style
    policy = next(meta["content"] for meta in page.all("meta") if meta.get("http-equiv"))
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert not [tag for tag, attributes in page.tags if "style" in attributes], "the policy would refuse it"


def test_ids_are_unique_and_every_reference_has_its_target(page):
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in page.tags:
        wanted = attributes.get("aria-labelledby", "").split()
        wanted += [attributes["href"][1:]] if "href" in attributes else []
        assert set(wanted) <= set(ids), attributes


def test_headings_and_tables_are_for_everyone(page):
    headings = [tag for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert headings.count("h1") == 1
    levels = [int(tag[1]) for tag in headings]
    assert all(b <= a + 1 for a, b in pairwise(levels))
    assert len(page.all("caption")) == len(page.all("table"))
    assert all(attributes.get("scope") in ("col", "row") for attributes in page.all("th"))
    assert page.all("html") == [{"lang": "en"}]
    pictures = [svg for svg in page.all("svg") if svg.get("aria-hidden") != "true"]
    assert all(svg["role"] == "img" and svg["aria-labelledby"] for svg in pictures)
    assert len([1 for tag, _ in page.tags if tag == "desc"]) == len(pictures)


def test_sections_stand_in_the_readers_order(shop):
    found = [attributes["id"] for attributes in Page(html.render(shop)).all("section") if "id" in attributes]
    assert found == [
        *("rules", "data", "groups", "segments", "intersections", "scores"),
        *("unjudged", "method", "limits", "glossary"),
    ]


def test_hostile_names_are_shown_and_nothing_else(hostile):
    text = html.render(hostile)
    assert "<script" not in text
    assert "{{7*7}}" in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "var(--" not in "".join(Page(text).texts)
    assert "#595959" in "".join(Page(text).texts)


def test_the_verdict_stands_first_in_word_and_sign(audit, page):
    words = " ".join("".join(page.texts).split())
    assert audit.verdict.value.upper() in words[:400]


def test_every_metric_on_the_page_is_explained(shop):
    text = html.render(shop)
    for name in shop.everybody().metrics:
        assert f"<dt>{name.replace('_', ' ')}</dt>" in text


def test_what_the_total_hides_is_said_twice(admissions):
    text = html.render(admissions)
    assert "The segments tell another story than the total." in text
    assert "it is lower in 2 of 6 segments" in " ".join(text.split())


def test_the_same_mix_of_segments_is_explained_where_there_are_segments(passing):
    assert "less than 90 % of them are in segments" in " ".join(html.render(passing).replace("\u00a0", " ").split())
    assert "Same mix of segments" not in html.render(audits.groups(["women", "men"]))


def test_a_pass_points_to_what_could_hide(passing):
    assert 'still open. <a href="#unseen">' in html.render(passing)


def test_single_customers_have_no_rate_in_a_segment(failing):
    text = html.render(failing)
    small = next(g for g in failing.groups if g.group == {"gender": "non-binary"} and g.segment == {"lifecycle": "new"})
    assert re.search(rf"too few</span><span class=\"note fit\">{small.n} customers</span>", text)


def test_equal_audits_give_equal_pages():
    assert html.render(audits.admissions()) == html.render(audits.admissions())


@pytest.mark.parametrize("reference", ["largest", "rest", "named"])
@pytest.mark.parametrize("decide_on", ["interval", "point"])
def test_other_settings_are_explained(reference, decide_on):
    groups = {"references": {"gender": "male"}} if reference == "named" else {"reference": reference}
    policy = Policy.parse(
        {
            "data": audits.DATA | {"protected": ["gender"], "segments": ["region"], "outcome": "harm"},
            "groups": groups,
            "verdict": {"decide_on": decide_on, "interval": "wilson"},
            "rule": [*audits.RULES, {"metric": "demographic_parity_ratio", "min": 0.8}, {"metric": "base_rate",
                     "compare": "value", "min": 0.1}],
        }
    )  # fmt: skip
    strata = [
        ({"gender": g, "region": r}, audits.decided(900, 0.3, 0.7, 0.2 if g == "male" else 0.4))
        for g in ("female", "male") for r in ("North", "South")
    ]  # fmt: skip
    text = html.render(audits.audit_of(policy, strata))
    assert "It is a harm here" in text
    assert Page(text).stack == []


def test_without_protected_attributes_or_rules_there_is_still_a_page():
    policy = Policy.parse({"data": audits.DATA, "rule": audits.RULES})
    text = html.render(audits.audit_of(policy, [({}, audits.decided(100, 0.3, 0.7, 0.2))]))
    assert Page(text).stack == []
    assert "INCONCLUSIVE" in text


def test_five_attributes_and_ten_segments_stay_under_a_megabyte():
    attributes = [f"attribute_{i}" for i in range(5)]
    policy = Policy.parse(
        {
            "data": audits.DATA | {"score": "score", "protected": attributes, "segments": ["segment"]},
            "rule": audits.RULES,
        }
    )
    spec = policy.spec()
    cell = audits.scored(60, spec, -0.4)
    strata = [
        (
            {name: f"group {i * prime % 5}" for name, prime in zip(attributes, (1, 7, 11, 13, 17), strict=True)}
            | {"segment": f"segment {i * 19 // 5 % 10}"},
            cell,
        )
        for i in range(500)
    ]
    assert len(html.render(audits.audit_of(policy, strata)).encode()) <= 1_000_000


def test_a_manager_reads_what_was_judged_what_is_wrong_and_what_to_do(failing, passing):
    text = " ".join(html.render(failing).replace("\u00a0", " ").split())
    heads = ["What was judged", "What is wrong, and for whom", "What to do next", "What this does not say"]
    places = [text.index(f"<dt>{head}</dt>") for head in heads]
    assert places == sorted(places)
    assert places[-1] < text.index('id="rules"')
    for step in Words(failing).next_steps():
        assert (
            f"<li>{markup.escape(step, quote=True).replace('&#x27;', '&#39;').replace('&quot;', '&#34;')}</li>" in text
        )
    assert "What is wrong" not in html.render(passing)


def test_what_is_open_says_how_many_more_customers_would_settle_it(failing):
    text = html.render(failing)
    table = text[text.index('<caption id="needed">') :].split("</table>")[0]
    needed = [f for f in failing.findings if f.customers_needed is not None]
    assert table.count("<tr>") - 1 == min(len(needed), 60) > 0
    largest = max(f.customers_needed.if_fair or 0 for f in needed)
    assert f"{largest:,}" in table


def test_a_name_from_the_right_keeps_its_direction_to_itself():
    text = html.render(audits.groups(["\u05d0\u05d1", "men"], attribute="\u0627\u0628"))
    assert "All customers by \u2068\u0627\u0628\u2069;" in text
    assert "\u2068men" not in text
