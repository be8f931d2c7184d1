"""Language identification of many texts: equal to py3langid's, which takes one text at a time."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from pactwire.text import langid
from support.examples import examples

TEXTS = [
    "Le ministre a dit que la situation est grave.",
    "Председник Србије је данас изјавио да је сарадња добра.",
    "Predsednik Srbije je danas izjavio da je saradnja dobra.",
    "DER MINISTER REIST NACH SEOUL",
    "軍事分野での協力を強化する",
    "e\u0301te\u0301",
]


@pytest.fixture(scope="module")
def theirs() -> LanguageIdentifier:
    """Return py3langid itself, with normalized probabilities and all its languages of two letters."""
    model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    model.set_languages(langid.supported_languages())
    return model


@examples(150)
@given(st.lists(st.sampled_from(TEXTS) | st.text(max_size=80), max_size=6))
@example([])
@example(["", "12 345", "\ud800", "a" * 40_000, "b c " * 20_000, TEXTS[0]])
def test_probabilities_equal_those_of_py3langid(theirs: LanguageIdentifier, texts: list[str]) -> None:
    """Texts identified together have the probabilities that py3langid gives each alone."""
    evidence = langid.evidence(texts, langid.supported_languages())
    for text, row in zip(texts, evidence.probabilities(), strict=True):
        ranked = dict(theirs.rank(text))
        if row.any():
            assert [ranked[code] for code in evidence.languages] == pytest.approx(row.tolist(), abs=1e-4)
        else:
            assert (
                len(set(ranked.values())) <= 2
            )  # no known n-gram: all equal, twice that for a language in two scripts


def test_other_texts_do_not_change_the_evidence() -> None:
    """The evidence of a text is bit by bit the same, whatever texts are identified with it."""
    alone = np.concatenate([langid.evidence([text]).sums for text in TEXTS])
    assert np.array_equal(alone, langid.evidence(TEXTS).sums)
    assert np.array_equal(alone[::-1], langid.evidence(TEXTS[::-1]).sums)


def test_sums_the_evidence_of_parts() -> None:
    """The summed evidence of sentences identifies the paragraph that they form."""
    parts = langid.evidence([TEXTS[0], TEXTS[1], TEXTS[0]])
    both = parts.summed([0, 2, 1], [0, 0, 1], 2)
    assert both.sizes.tolist() == [2 * parts.sizes[0], parts.sizes[1]]
    assert [guess.best for guess in both.guesses()] == ["fr", "sr"]
    assert parts.summed([], [], 0).guesses() == []


def test_considers_one_more_language() -> None:
    """A rare language is considered if it is named, and the scores of the others do not change."""
    welsh = "Mae'r tywydd yn braf heddiw ac mae'r plant yn chwarae yn yr ardd."
    common, more = langid.evidence([welsh]), langid.evidence([welsh], also="cy")
    assert more.languages == [*common.languages, "cy"] and more.guesses()[0].best == "cy"
    assert np.array_equal(more.sums[:, :-1], common.sums)
    assert langid.evidence([welsh], also="fr").languages == common.languages


def test_guess_has_a_runner_up_and_can_be_restricted() -> None:
    """A guess gives the likeliest other language, and the likeliest of some, whose probabilities add up to 1."""
    guess = langid.evidence([TEXTS[1]]).guesses()[0]
    assert guess.best == "sr" and guess.runner_up("fr") == ("sr", guess.confidence)
    other, share = guess.runner_up("sr")
    assert other != "sr" and share == max(guess.probability(code) for code in guess.codes if code != "sr")
    among = guess.restricted_to(("mk", "bg"))
    assert among.best in ("mk", "bg") and sum(among.probabilities) == pytest.approx(1) and among.probability("sr") == 0
    nothing = langid.evidence(["123"]).guesses()[0]
    assert (nothing.best, nothing.confidence) == ("und", 0.0) and nothing.restricted_to(("fr",)).best == "und"
