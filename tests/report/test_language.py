"""The languages of a report: a catalogue that fits the code, no English left in German, and grammar in both."""

import ast
import re
from dataclasses import replace
from functools import cache
from html import unescape
from string import Formatter
from xml.etree import ElementTree as ET

import audits
import catalogue
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_words import a_finding

from fairaudit import reasons
from fairaudit.findings import Limit, Measured, Needed, Verdict
from fairaudit.intervals import Interval
from fairaudit.policy import Policy
from fairaudit.report import FORMATS, account, correction, figures, names, numbers, phrases
from fairaudit.report.language import LANGUAGES, current, say, say_n, speaking, term
from fairaudit.report.translated import in_language
from fairaudit.report.words import Words, count, listed

OTHERS = LANGUAGES[1:]
SAID = ("text", "markdown", "junit", "sarif", "github", "model-card")
"""The formats of this test; the page has tests of its own, csv and json are the same in every language."""
CARD = (
    "Evaluation", "Testing Data, Factors & Metrics", "Testing Data", "Factors", "Metrics", "Results", "Summary",
    "Bias, Risks, and Limitations", "Recommendations",
)  # fmt: skip
"""The headings that every model card has."""

NAMED = ("score-is-right", "40 and over")
"""What these audits' own names have of English."""

# --- the catalogue ---------------------------------------------------------------------------------------------------


def both(text):
    return text if isinstance(text, tuple) else (text,)


def ids(found):
    return {message.id for message in found if message.id}


def fields(text):
    return sorted({name for _, name, *_ in Formatter().parse(text) if name})


@pytest.mark.parametrize("language", OTHERS)
def test_the_catalogue_holds_the_messages_of_the_code_and_no_others(language):
    assert ids(catalogue.read(language)) == ids(catalogue.messages())
    assert catalogue.missing(language) == [], "python tests/report/catalogue.py update"
    assert catalogue.updated(language) == catalogue.path_of(language).read_text(encoding="utf-8")


@pytest.mark.parametrize("language", OTHERS)
def test_the_compiled_catalogue_is_that_of_the_texts(language):
    assert catalogue.path_of(language, "mo").read_bytes() == catalogue.compiled(language)


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_places_of_its_message(language):
    assert not re.search(r"[^\S\n ]|\u00ad", catalogue.path_of(language).read_text(encoding="utf-8")), "made visible"
    for message in catalogue.read(language):
        if message.id:
            assert not message.fuzzy
            for one, said in zip(both(message.id), both(message.string), strict=True):
                assert fields(said) == fields(one), one
                assert said[:1].isspace() == one[:1].isspace(), one
                if one in ("±{size} pts", "Made"):
                    continue  # an abbreviation has a full stop in German
                assert said[-1:] in ".:?" if one[-1:] in ".:?" else said[-1:] not in ".:?", one


def calls():
    """Yield every call in the reports of a function that says a message, with its file."""
    for path in sorted((catalogue.PACKAGE / "report").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in catalogue.KEYWORDS:
                yield path.name, node


def test_what_is_said_is_read_by_babel_which_does_not_look_into_f_strings():
    known = {text for one in ids(catalogue.messages()) for text in both(one)}
    for file, call in calls():
        for argument in call.args[: len(catalogue.KEYWORDS[call.func.id])]:
            assert not isinstance(argument, ast.JoinedStr), f"{file}: {ast.unparse(call)}"
            if isinstance(argument, ast.Constant):
                assert argument.value in known, f"{file}: {ast.unparse(call)}"


# --- the door --------------------------------------------------------------------------------------------------------


def test_english_is_the_messages_themselves_and_a_language_ends_with_its_block():
    assert (current(), say("Rule"), say_n("{n} customer", "{n} customers", 1204)) == ("en", "Rule", "1,204 customers")
    with speaking("de"):
        assert (current(), say("Rule"), say_n("{n} customer", "{n} customers", 1204)) == (
            "de",
            "Regel",
            "1.204 Personen",
        )
    assert (current(), term(""), term("a metric of mine")) == ("en", "", "a metric of mine")


def test_numbers_are_written_as_the_language_does():
    with speaking("de"):
        assert numbers.whole(1204) == "1.204"
        assert numbers.fixed(1204.5, 1) == "1.204,5"
        assert numbers.percent(0.213) == "21,3 %"
        assert numbers.level(0.9975) == "99,75 %"
        assert numbers.interval(Interval(0.57, 0.66), Limit(min=0.8), "ratio", rate=True) == "[0,57; 0,66]"
        assert numbers.limit_text(Limit(min=0.8), "ratio", rate=True) == ">= 0,80"
        assert numbers.fixed(0.796, 2, [0.8]) == "0,796"


# --- what the record says --------------------------------------------------------------------------------------------


def values_for(reason):
    """Return values for a template's places: large numbers, and for the others names."""
    known = {
        "reason": reasons.NO_LABEL(),
        "estimand": "selection rate",
        "status": "A convention of this tool, not law.",
    }
    return {name: 1204 if name in reason.formats else known.get(name, "x y") for name in fields(reason.text)}


TEMPLATES = {name: one for name, one in vars(reasons).items() if isinstance(one, reasons.Reason)}


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_reason_of_the_record_is_said_in_german(name):
    """Only its text is left in the record, and that is enough to find it again."""
    reason = TEMPLATES[name]
    for n in (1, 1204):
        values = values_for(reason) | ({"n": n} if "n" in reason.formats else {})
        text = reason(**values)
        with speaking("de"):
            said = in_language(text)
        assert in_language(text) == text
        assert said != text or fields(reason.text) == ["name", "reason"], text
        assert re.search("[{}]", said) is None
        for value in values.values():
            if value in ("x y", "\u202f"):
                assert value in said
        digits = [re.sub("[.,]", "", number) for number in re.findall(r"\d[\d.,]*\d|\d", said)]
        assert sorted(digits) == sorted(re.sub("[.,]", "", number) for number in re.findall(r"\d[\d.,]*\d|\d", text))


def test_a_name_in_a_reason_is_not_taken_for_a_word_of_ours():
    with speaking("de"):
        assert in_language('"the prediction is a number" is not under [data] protected') == (
            "„the prediction is a number“ steht nicht unter [data] protected"
        )
        assert in_language("odd: rule: gender: fewer than two groups are large enough to compare").startswith(
            "odd: rule: gender: Weniger als zwei"
        )
        assert in_language("selection rate rests on 4 of 20, fewer than min_size = 30").startswith(
            "Auswahlquote beruht"
        )
        assert in_language("x: selection rate rests on 4 of 20, fewer than min_size = 30").startswith("x: Auswahlquote")
        assert in_language("something that nobody wrote here") == "something that nobody wrote here"


# --- whole reports ---------------------------------------------------------------------------------------------------


def harm():
    policy = Policy.parse(
        {
            "data": {
                "label": "is_fraud", "prediction": "blocked", "labels": "complete", "outcome": "harm",
                "protected": ["gender"],
            },
            "rule": [{"metric": "disparate_impact"}, {"metric": "equal_opportunity"}],
        }
    )  # fmt: skip
    cells = {"female": audits.decided(2000, 0.1, 0.8, 0.5), "male": audits.decided(2000, 0.1, 0.8, 0.2)}
    return audits.audit_of(policy, [({"gender": gender}, cell) for gender, cell in cells.items()])


def exploring():
    looking = {"id": "look", "metric": "statistical_parity", "max": 0.05, "exploratory": True}
    deciding = {"id": "floor", "metric": "selection_rate", "compare": "value", "min": 0.01}
    policy = Policy.parse({"data": audits.DATA | {"protected": ["gender"]}, "rule": [deciding, looking]})
    strata = [({"gender": g}, audits.decided(2000, share, 0.7, 0.2)) for g, share in (("female", 0.2), ("male", 0.6))]
    return audits.audit_of(policy, strata)


def literally():
    policy = Policy.parse(
        {
            "data": audits.DATA | {"protected": ["gender"]},
            "verdict": {"decide_on": "point"},
            "rule": [audits.RULES[0], {"metric": "accuracy", "compare": "value", "min": 0.99}],
        }
    )
    strata = [({"gender": g}, audits.decided(500, 0.4, tpr, 0.2)) for g, tpr in (("female", 0.4), ("male", 0.8))]
    return audits.audit_of(policy, strata)


def alone():
    policy = Policy.parse({"data": audits.DATA | {"protected": ["gender"]}, "rule": audits.RULES[:1]})
    return audits.audit_of(policy, [({"gender": "female"}, audits.decided(500, 0.3, 0.7, 0.2))])


def eventful():
    """Every line of the ledger, of merged cubes, and every kind of note."""
    audit = audits.failing()
    ledger = replace(
        audit.ledger, attributes_without_predictions=None, attributes_rows=None, repeated_ids=1, scores_outside=2,
        missing_label=3, missing_prediction=4, missing_score=5, threshold_differs=6, score_median=0.4375,
        excluded={"missing id": 7},
    )  # fmt: skip
    notes = tuple(one(**values_for(one) | {"n": 2}) for one in (reasons.TAKEN_AS_ID, reasons.LOOK_ALIKES))
    return replace(audit, ledger=ledger, notes=notes)


MADE = {one.__name__: one for one in (harm, exploring, literally, alone, eventful)}


@pytest.fixture(
    params=[
        *("failing", "passing", "inconclusive", "shop", "admissions", "unlimited", "literal", "delivery"),
        *MADE,
    ]
)
def german(request):
    """Return an audit, which the test looks at in German."""
    return MADE[request.param]() if request.param in MADE else request.getfixturevalue(request.param)


def plain(form, audit):
    """Return what a reader sees of a format, on one line."""
    text = FORMATS[form](audit)
    if form == "junit":
        text = " ".join(ET.fromstring(text).itertext()) + " ".join(  # noqa: S314  our own
            element.get("message", "")
            for element in ET.fromstring(text).iter()  # noqa: S314
        )
    if form == "model-card":
        text = "\n".join(line for line in text.splitlines() if line.lstrip("# ") not in CARD)
    text = " ".join(text.replace("\u00a0", " ").replace("\\", "").split())
    return re.sub("|".join(NAMED), "x", text)


@cache
def english():
    """Return the pieces of our messages, of more than three words, that German must not hold."""
    found = set()
    for message in catalogue.read("de"):
        for one, said in zip(both(message.id or ""), both(message.string), strict=False):
            pieces = {" ".join(literal.split()) for literal, *_ in Formatter().parse(one)}
            found |= {piece for piece in pieces if len(piece.split()) > 3 and piece not in said}
    return found


@pytest.mark.parametrize("form", SAID)
def test_no_english_is_left_in_german(form, german):
    with speaking("de"):
        text = plain(form, german)
    assert [piece for piece in english() if piece in text] == []
    assert re.search(r"\b(the|of|and|were|with|is|are|in total|customers?|segments)\b(?! [=\]])", text) is None, text


def test_no_english_is_left_in_the_german_page(german):
    with speaking("de"):
        page = re.sub(r"(?s)<style.*?</style>|<[^>]+>", " ", plain("html", german))
    text = " ".join(unescape(page).split())
    assert [piece for piece in english() if piece in text] == []


def test_no_english_is_left_in_german_figures(shop):
    with speaking("de"):
        drawn = figures.draw(shop)
        text = " ".join(" ".join(ET.fromstring(plot.svg).itertext()) for plot in drawn)  # noqa: S314  our own
    text = " ".join(re.sub("|".join(NAMED), "x", text.replace("\u00a0", " ")).split())
    assert [piece for piece in english() if piece in text] == []
    assert not any(rate in text.lower() for rate in (*phrases.RATES, *phrases.OTHERS))
    assert "Auswahlquote" in text


def test_the_pieces_would_be_found_in_english(german):
    assert sum(piece in plain("markdown", german) for piece in english()) > 5


@pytest.mark.parametrize("form", SAID)
def test_german_says_the_same_numbers(form, german):
    def digits(text):
        return sorted(re.sub("[.,]", "", number) for number in re.findall(r"\d[\d.,]*\d|\d", text))

    ours = digits(plain(form, german))
    with speaking("de"):
        assert digits(plain(form, german)) == ours


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_terminals_form_has_80_columns_and_ends_with_the_verdict_in_every_language(german, language):
    with speaking(language):
        lines = FORMATS["text"](german).splitlines()
    assert max(map(names.width, lines)) <= 80
    assert lines[-1] == german.verdict.value.upper()


@pytest.mark.parametrize("form", ["json", "csv"])
def test_what_machines_read_is_the_same_in_every_language(form, german):
    expected = FORMATS[form](german)
    with speaking("de"):
        assert FORMATS[form](german) == expected


def test_ids_and_marks_for_machines_are_the_same_in_every_language(failing, inconclusive):
    for audit in (failing, inconclusive):
        ours = [FORMATS["sarif"](audit), FORMATS["junit"](audit), FORMATS["github"](audit)]
        with speaking("de"):
            theirs = [FORMATS["sarif"](audit), FORMATS["junit"](audit), FORMATS["github"](audit)]
        for pattern in (
            r'"(?:ruleId|id|kind|level|comparison/v1|uri|verdict)": "?[^",]+',
            r'(?:type|tests|failures|errors|skipped)="\w+"|<(?:failure|error|skipped)|classname="[^"]+"',
            r"^::(?:error|warning|notice)",
        ):
            assert [re.findall(pattern, one, re.MULTILINE) for one in ours] == [
                re.findall(pattern, one, re.MULTILINE) for one in theirs
            ]


# --- grammar ---------------------------------------------------------------------------------------------------------

COUNTS = st.sampled_from([0, 1, 2, 30, 1204, 1_204_567])
MANY = (
    "customers decisions comparisons rules segments groups points times cases Personen Entscheidungen Vergleiche "
    "Regeln Segmente Segmenten Gruppen Punkte Fällen Auswahlen Prozentpunkte haben sind were are würden"
)
WRONG = re.compile(
    rf"(?<![\d.,+]) ?\b(?<![\d.,])1 (?:weitere[nr]? |more |such |weiteren solchen )?(?:{'|'.join(MANY.split())})\b"
)


def check(text, *, whole=True):
    """Check that a text is grammatical as far as a machine can tell."""
    text = re.sub("would_redeem (is|is not|=|ungleich) 1", "would_redeem is x", text)
    assert "  " not in text
    assert re.search("[{}]", text) is None, text
    assert WRONG.search(text) is None, text
    if whole:
        assert text[0].isupper() or text[0].isdigit() or text.startswith("offer-rate: "), text
        assert text.endswith("."), text
        assert not re.search(r"\.\.|\s[.,;:]|\.[A-ZÄÖÜ]", text), text


one_audit = cache(audits.failing)
"""Not a fixture, whose long text hypothesis would print."""


@st.composite
def findings(draw):
    """Return findings of every kind, with counts of 0, 1, 2 and many."""
    n, m = (draw(st.integers(1, 3000)) for _ in range(2))
    k, j = draw(st.integers(0, n)), draw(st.integers(0, m))
    compare = draw(st.sampled_from(["ratio", "difference", "value"]))
    limit = {"ratio": Limit(min=0.8), "difference": Limit(max=0.01), "value": Limit(min=0.5)}[compare]
    a, b = k / n, j / m
    value = {"ratio": a / b if b else None, "difference": a - b, "value": a}[compare]
    rate = draw(st.booleans())
    needed = draw(st.none() | st.builds(Needed, st.none() | COUNTS, st.none() | COUNTS))
    verdict = draw(st.sampled_from(list(Verdict)))
    low = draw(st.sampled_from([0.01, 0.54, 0.7]))
    return a_finding(
        estimand=draw(st.sampled_from([*(phrases.RATES if rate else phrases.OTHERS), "a metric of mine"])),
        compare=compare,
        limit=draw(st.sampled_from([limit, Limit()])),
        value=value,
        reason=None if value is not None else reasons.REFERENCE_ZERO(),
        reference=None if compare == "value" else {"gender": "male"},
        reference_rate=None if compare == "value" else Measured(b, None, j if rate else None, m),
        group_rate=Measured(a, None, k if rate else None, n),
        segment=draw(st.sampled_from([{}, {"lifecycle": "new"}])),
        verdict=verdict,
        leaning=draw(st.sampled_from(["pass", "fail"])),
        undecidable=draw(st.booleans()),
        customers_needed=needed,
        provable=draw(st.none() | st.just(low)),
        shortfall=draw(st.none() | COUNTS | COUNTS.map(lambda n: -n)),
    )


@given(findings())
@settings(max_examples=200, deadline=None)
def test_a_findings_sentences_are_grammatical_and_german_has_the_same_numbers(finding):
    said, failing = {}, one_audit()
    for language in LANGUAGES:
        with speaking(language):
            words = Words(failing)
            said[language] = f"{words.finding(finding)} {words.decision(finding)}"
            check(words.finding(finding))
            check(words.decision(finding))
            check(words.gap(finding), whole=False)
            check(words.needed(finding), whole=False)
    assert undone(said["de"], ",", ".") == undone(said["en"], ".", ",")


def undone(text, point, separator):
    """Return the numbers of a text, without separators and with a decimal point."""
    pattern = rf"\d+(?:\{separator}\d{{3}})*(?:\{point}\d+)?"
    return sorted(number.replace(separator, "").replace(point, ".") for number in re.findall(pattern, text))


@given(COUNTS, st.integers(0, 5), st.sampled_from(LANGUAGES))
@settings(deadline=None)
def test_counts_of_every_size_are_grammatical(n, rules, language):
    failing = one_audit()
    rule = replace(failing.rules[0], compared=n, compared_in_segments=0)
    policy = failing.policy.model_copy(update={"rules": failing.policy.rules[: min(rules, 1)]})
    ledger = replace(failing.ledger, matched=n)
    findings = tuple(finding for finding in failing.findings if rules and finding.rule == rule.id)
    audit = replace(failing, rules=(rule,) * rules, policy=policy, ledger=ledger, findings=findings)
    with speaking(language):
        for noun in ("customer", "decision", "more group", "more segment"):
            check(count(n, noun), whole=False)
        words = Words(audit)
        for said in (*words.manager(), *words.next_steps()):
            check(said)
        check(account.small_group(words, {"g": "a"}, n, n), whole=False)
        if n and rules:
            check(correction.explained(words))
            check(correction.brief(words))
        for verdict in Verdict:
            check(next(Words(replace(audit, verdict=verdict)).manager()))


def test_lists_are_put_together_as_the_language_does():
    with speaking("de"):
        assert (listed([]), listed(["a"]), listed(["a", "b", "c"])) == ("keine", "a", "a, b und c")
        assert listed(list("abcde"), most=2) == "a, b und 3 weitere"
