"""The model that ships, through the interface that the site uses."""

import io
import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ml import cards, look, registry, serve
from ml.decide import Rule, SizeRange
from ml.evidence import ledger
from ml.quality import Quality
from tests.factories import image_bytes, picture
from tests.ml.making import as_bytes

ROOT = Path(serve.__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def scorer():
    return serve.load(serve.shipped())


def test_a_score_is_complete_and_consistent(scorer):
    score = scorer.score(image_bytes())
    assert tuple(score.probabilities) == serve.LABELS
    assert sum(score.probabilities.values()) == pytest.approx(1)
    assert score.fake_probability == pytest.approx(1 - score.probabilities["authentic"])
    assert score.label in (*serve.LABELS, "inconclusive")
    assert [finding.signal for finding in score.findings] == ["stability", "tested_range", *ledger.QUICK]
    assert (score.facts.width, score.facts.height) == (320, 240)
    assert score.model.sha256 == registry.file_sha256(serve.shipped() / "model.tflite")
    json.dumps([finding.details for finding in score.findings])


def test_the_heat_map_covers_the_picture_with_values_from_zero_to_one(scorer):
    rows = np.array(scorer.score(image_bytes()).heatmap)
    assert rows.ndim == 2
    assert min(rows.shape) >= 7
    assert 0 <= rows.min() < rows.max() <= 1


def test_the_same_bytes_get_the_same_score(scorer):
    data = image_bytes(seed=3)
    assert scorer.score(data) == scorer.score(data) == serve.load(serve.shipped()).score(data)


def test_threads_share_a_scorer_and_get_what_one_would_get(scorer):
    files = [image_bytes(seed=seed) for seed in range(4)] * 4
    with ThreadPoolExecutor(4) as pool:
        together = [score.fake_probability for score in pool.map(scorer.score, files)]
    assert together == [scorer.score(data).fake_probability for data in files]


def test_a_picture_turned_by_its_exif_scores_like_the_upright_one(scorer):
    upright = picture(300, 240)
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by a quarter to the right to view
    turned = as_bytes(upright.transpose(Image.Transpose.ROTATE_90), "PNG", exif=exif)
    assert scorer.score(turned).fake_probability == scorer.score(as_bytes(upright, "PNG")).fake_probability
    assert scorer.score(turned).facts.width == 300


@pytest.mark.parametrize("data", [b"", b"not an image", image_bytes()[:400]])
def test_what_is_no_image_is_refused(scorer, data):
    with pytest.raises(serve.InvalidImage):
        scorer.score(data)


def test_a_small_picture_is_outside_what_was_tested(scorer):
    score = scorer.score(image_bytes(width=64, height=64))
    assert score.label == "inconclusive"
    assert any("smaller" in reason for reason in score.reasons)


def copy_of_shipped(folder: Path) -> Path:
    return Path(shutil.copytree(serve.shipped(), folder / "2026.1.1"))


def test_a_model_whose_bytes_changed_is_refused(tmp_path):
    folder = copy_of_shipped(tmp_path)
    content = bytearray((folder / "model.tflite").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "model.tflite").write_bytes(content)
    with pytest.raises(serve.ModelRefused, match="not the file its card describes"):
        serve.load(folder)


def test_a_card_without_its_decision_is_refused(tmp_path):
    folder = copy_of_shipped(tmp_path)
    card = json.loads((folder / "card.json").read_text())
    del card["decision"]
    (folder / "card.json").write_text(json.dumps(card))
    with pytest.raises(serve.ModelRefused, match="incomplete"):
        serve.load(folder)


def test_a_file_that_is_no_network_is_refused(tmp_path):
    folder = copy_of_shipped(tmp_path)
    card = json.loads((folder / "card.json").read_text())
    (folder / "model.tflite").write_bytes(b"no network")
    card["files"]["model.tflite"] = registry.file_sha256(folder / "model.tflite")
    (folder / "card.json").write_text(json.dumps(card))
    with pytest.raises(serve.ModelRefused):
        serve.load(folder)


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(serve.ModelRefused, match="no card"):
        serve.load(tmp_path)


def test_scoring_loads_no_training_framework(tmp_path):
    (tmp_path / "a.jpg").write_bytes(image_bytes())
    code = (
        "import sys; from pathlib import Path; from ml import serve;"
        "serve.load(serve.shipped()).score(Path(sys.argv[1]).read_bytes());"
        "print([m for m in ('tensorflow', 'keras', 'jax', 'torch', 'django', 'matplotlib') if m in sys.modules])"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "a.jpg")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_card_for_people_is_the_one_of_what_ships():
    card = registry.read(serve.shipped()).card
    assert (ROOT / "MODEL_CARD.md").read_text() == cards.render(card)


def test_the_card_says_where_the_data_come_from_and_what_was_not_trained():
    text = (ROOT / "MODEL_CARD.md").read_text()
    card = registry.read(serve.shipped()).card
    assert set(card["experiment"]["training"]["sources"]) <= set(card["terms"])
    for word in ("FFHQ", "camera_originals", "not trained on", "False alarms"):
        assert word in text


def heat(rows, width=40, height=30) -> np.ndarray:
    with Image.open(io.BytesIO(serve.render_heatmap(rows, width, height))) as image:
        assert (image.format, image.mode, image.size) == ("PNG", "RGBA", (width, height))
        return np.asarray(image).astype(int)


def test_the_drawn_heat_map_is_clear_where_there_is_nothing_and_brighter_where_there_is_more():
    pixels = heat([[0.0, 1.0]])
    alpha, brightness = pixels[..., 3], pixels[..., :3].sum(axis=-1)
    assert alpha[:, 0].max() == 0
    assert alpha[:, -1].min() > 150
    assert (np.diff(alpha[0]) >= 0).all()
    assert brightness[0, -1] > brightness[0, 20] > brightness[0, 0]


@pytest.mark.parametrize(("rows", "width", "height"), [([], 4, 4), ([[]], 4, 4), ([[0.5]], 0, 4)])
def test_a_heat_map_of_nothing_is_refused(rows, width, height):
    with pytest.raises(ValueError, match="heat-map"):
        serve.render_heatmap(rows, width, height)


def test_faces_that_it_never_saw_are_told_apart(scorer, shared_data):
    """A dozen of each are too few to measure with; they show that the path from bytes to verdict is whole."""
    import tarfile

    from ml.split import split_of

    scores = {"authentic": [], "ai_generated": []}
    with tarfile.open(shared_data / "core" / "faces140k.tar") as archive:
        for member in archive:
            parts = Path(member.name).parts
            label = next((part for part in parts if part in scores), None)
            if (
                label
                and member.isfile()
                and len(scores[label]) < 40
                and split_of("faces140k", Path(member.name).stem) == "test"
            ):
                scores[label].append(scorer.score(archive.extractfile(member).read()).fake_probability)
    assert len(scores["authentic"]) == len(scores["ai_generated"]) == 40
    wins = np.mean([f > a for f in scores["ai_generated"] for a in scores["authentic"]])
    assert wins > 0.8


def seen(**parts) -> look.Look:
    values = {
        "logits": np.zeros((5, 3)),
        "cam": np.zeros((2, 2, 3)),
        "mask": None,
        "features": None,
        "quality": Quality(1.0, 0.1),
    }
    return look.Look(**values | parts)


THREE = Rule(
    ("authentic", "ai_generated", "manipulated"), 1.0, 0.0, 0.5, (0.5, 0.5), (0.5, 0.5), SizeRange((1, 9), (0, 9), 3)
)


def test_of_a_manipulated_photograph_the_map_shows_where_it_was_altered():
    found = seen(mask=np.array([[0.0, 40.0], [-40.0, 0.0]]))
    assert np.round(serve._where(found, "manipulated", THREE), 4).tolist() == [[0.5, 1], [0, 0.5]]
    assert serve._where(found, "ai_generated", THREE) == serve._where(seen(), "manipulated", THREE)


def test_of_any_other_picture_the_map_shows_what_speaks_for_fake():
    cam = np.log([[[0.5, 0.25, 0.25], [0.2, 0.4, 0.4]]])
    assert np.round(serve._where(seen(cam=cam), "authentic", THREE), 4).tolist() == [[0.5, 0.8]]


def test_a_mask_that_finds_no_place_gives_way_to_what_speaks_for_fake():
    found = seen(mask=np.full((2, 2), -3.0))
    assert serve._where(found, "manipulated", THREE) == serve._where(seen(), "manipulated", THREE)
