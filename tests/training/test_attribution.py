import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression

from storage.errors import WrongKey
from storage.keys import Keyring
from tests.training.tiny_artifacts import add_base, add_delta
from training.artifacts import ATTRIBUTOR, open_artifact
from training.attribution import BUCKETS, Attributor, Counts
from training.authorship import ROUNDS, STRENGTH, learn, learn_authors
from training.corpus import Part, build_corpus
from training.errors import DamagedArtifact
from training.loading import VoiceLoader
from training.rekeying import Rekeying
from training.voices import VoiceRegistry

LOUD = [f"WHERE IS THE {thing}?! NOW!!" for thing in ("TEA", "CUP", "TRAY", "SPOON", "KETTLE")]
QUIET = [f"i think i lost a {thing}... sorry" for thing in ("tea", "cup", "tray", "spoon", "pot")]
FAIR = [f"Here is the {thing}, as promised." for thing in ("tea", "cup", "tray", "spoon", "pot")]
TEXTS, OWNERS = [*LOUD, *QUIET, *FAIR], [7] * 5 + [3] * 5 + [5] * 5


def learn_well(texts: list[str], owners: list[int]) -> Attributor:
    attributor = learn(texts, owners)
    assert attributor is not None
    return attributor


def test_numpy_says_what_scikit_learn_says():
    counts = Counts.of(TEXTS)
    matrix = csr_matrix((counts.counts, (counts.rows, counts.buckets)), (len(TEXTS), BUCKETS))
    weighing = TfidfTransformer(sublinear_tf=True).fit(matrix.astype(np.float64))
    model = LogisticRegression(C=STRENGTH, max_iter=ROUNDS, class_weight="balanced")
    model.fit(weighing.transform(matrix), OWNERS)
    unseen = ["WHO HAS THE TEAPOT?!", "i have it... maybe", ""]
    counts = Counts.of(unseen)
    matrix = csr_matrix((counts.counts, (counts.rows, counts.buckets)), (len(unseen), BUCKETS))
    expected = model.predict_log_proba(weighing.transform(matrix))
    attributor = learn_well(TEXTS, OWNERS)
    assert attributor.authors == tuple(model.classes_)
    np.testing.assert_allclose(attributor.log_chances(unseen), expected, atol=2e-3)


def test_of_two_people_the_right_one_is_likelier():
    attributor = learn_well(TEXTS[:10], OWNERS[:10])
    chances = np.exp(attributor.log_chances(["WHO HAS THE TEAPOT?!", "i have it... maybe"]))
    loud = attributor.authors.index(7)
    assert chances[0, loud] > 0.6
    assert chances[1, loud] < 0.5
    np.testing.assert_allclose(chances.sum(axis=1), 1)


def test_a_text_is_judged_as_if_it_stood_alone():
    attributor = learn_well(TEXTS, OWNERS)
    together = attributor.log_chances(["a cup", "THE TRAY"])
    alone = [attributor.log_chances([text])[0] for text in ("a cup", "THE TRAY")]
    np.testing.assert_allclose(together, alone, atol=1e-9)


def test_who_wrote_most_is_no_likelier_for_it():
    attributor = learn_well([*LOUD * 20, *QUIET], [1] * 100 + [2] * 5)
    chances = np.exp(attributor.log_chances(["%%%%"]))
    assert chances.max() < 0.75  # though 100 of 105 messages are one person's


def test_nobody_can_be_told_apart_from_nobody():
    assert learn(LOUD, [1] * 5) is None


def test_only_people_with_enough_messages_for_a_voice_are_told_apart(filled, fill):
    corpus = build_corpus(filled.messages.read())
    attributor = learn_authors(corpus)
    assert attributor is not None
    assert set(attributor.authors) == set(corpus.authors.tolist())
    few = build_corpus(list(filled.messages.read())[:300])
    assert learn_authors(few) is None


def test_people_are_known_by_messages_that_nothing_was_learned_from(filled):
    corpus = build_corpus(filled.messages.read())
    attributor = learn_authors(corpus)
    assert attributor is not None
    judged = corpus.select(Part.HELD_OUT)
    found = attributor.log_chances(corpus.texts_of(judged)).argmax(axis=1)
    assert np.mean(np.array(attributor.authors)[found] == corpus.authors[judged]) > 0.95


@pytest.mark.parametrize("people", [2, 3])
def test_what_is_written_is_read_again_under_the_numbers_of_its_readers(people):
    attributor = learn_well(TEXTS[: 5 * people], OWNERS[: 5 * people])
    data = attributor.to_bytes({3: 1, 5: 2, 7: 3})
    again = Attributor.from_bytes(data, {1: 30, 2: 50, 3: 70})
    assert again.authors == tuple(10 * author for author in attributor.authors)
    np.testing.assert_allclose(again.log_chances(QUIET), attributor.log_chances(QUIET), atol=1e-2)


def test_something_else_is_not_read_as_an_attributor():
    with pytest.raises(DamagedArtifact):
        Attributor.from_bytes(b"something else", {})


def test_a_voice_comes_with_what_its_base_knows_of_authors(filled, tmp_path):
    registry = VoiceRegistry(filled, tmp_path)
    members = [member.id for member in filled.members.list()]
    attributor = learn_well(TEXTS[:10], [members[0]] * 5 + [members[1]] * 5)
    base = add_base(registry, members=frozenset(members), attributor=attributor)
    voice = filled.voices.ensure("person", subject=members[1])
    add_delta(registry, voice, base)
    loaded = registry.load(voice)
    assert loaded.member == members[1]
    assert loaded.attributor is not None
    assert loaded.attributor.authors == attributor.authors


def test_a_base_of_an_older_mimic_speaks_without_one(filled, tmp_path):
    registry = VoiceRegistry(filled, tmp_path)
    base = add_base(registry)
    voice = filled.voices.ensure("person", subject=filled.members.list()[0].id)
    add_delta(registry, voice, base)
    assert registry.load(voice).attributor is None


def test_under_another_key_people_are_told_apart_as_before(filled, tmp_path):
    registry, new = VoiceRegistry(filled, tmp_path), Keyring(bytes(reversed(range(32))))
    members = [member.id for member in filled.members.list()]
    attributor = learn_well(TEXTS[:10], [members[0]] * 5 + [members[1]] * 5)
    base = add_base(registry, members=frozenset(members), attributor=attributor)
    rekeying = Rekeying(registry, new)
    rekeying.copy_all(lambda *_: None)
    copy = open_artifact(tmp_path, rekeying.folders[base.folder])
    loaded = VoiceLoader(tmp_path, new).load(copy, label="", version=0)
    assert loaded.attributor is not None
    assert loaded.attributor.authors == attributor.authors
    with pytest.raises(WrongKey):
        VoiceLoader(tmp_path, filled.keyring).load(copy, label="", version=0)


def test_what_a_base_knows_of_authors_is_sealed(filled, tmp_path):
    registry = VoiceRegistry(filled, tmp_path)
    members = [member.id for member in filled.members.list()]
    attributor = learn_well(TEXTS[:10], [members[0]] * 5 + [members[1]] * 5)
    base = add_base(registry, members=frozenset(members), attributor=attributor)
    stored = registry.artifact(base).read(ATTRIBUTOR)
    assert attributor.weights.tobytes()[:64] not in stored
    assert b"weights" not in stored
