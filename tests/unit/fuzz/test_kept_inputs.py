"""What the fuzzer has kept, and every input that once broke a claim, is replayed without it."""

import pytest

from fuzz.inputs import CORPUS, DICTIONARIES, REGRESSIONS, kept, read_inputs
from fuzz.mutation import mutated
from fuzz.property import PropertyBroken, claim
from fuzz.seeds import seeds
from fuzz.targets import TARGETS

_SHORT = 24
"""Of the slow targets only so many inputs; `make fuzz` replays all of them."""
_SLOW = {"csv_tables", "xlsx_tables", "mappings", "plans"}


@pytest.mark.parametrize("name", TARGETS)
def test_no_kept_input_breaks_a_claim(name: str) -> None:
    run = TARGETS[name].load()
    regressions = read_inputs(REGRESSIONS / f"{name}.txt")
    corpus = read_inputs(CORPUS / f"{name}.txt")
    assert corpus

    for data in [*regressions, *(corpus[:_SHORT] if name in _SLOW else corpus)]:
        run(data)


@pytest.mark.parametrize("name", TARGETS)
def test_every_target_has_seeds_and_a_dictionary(name: str) -> None:
    assert seeds()[name]
    assert (DICTIONARIES / f"{TARGETS[name].dictionary}.dict").exists()


def test_every_kept_file_belongs_to_a_target() -> None:
    files = {path.stem for folder in (CORPUS, REGRESSIONS) for path in folder.glob("*.txt")}

    assert files <= TARGETS.keys()


def test_a_broken_claim_is_an_error() -> None:
    with pytest.raises(PropertyBroken, match="never so"):
        claim(False, "never so")  # noqa: FBT003 - a claim


def test_mutations_depend_on_their_seed_alone_and_keep_to_the_length() -> None:
    data = kept("output")[-1]
    made = {seed: mutated(data, 600, seed, lambda raw, _: raw) for seed in range(200)}

    assert made == {seed: mutated(data, 600, seed, lambda raw, _: raw) for seed in range(200)}
    assert len(set(made.values())) > 10
    assert all(len(each) <= 600 for each in made.values())
