"""The layouts that people have on disk: what is recognised, and which label, source, group and mask each file gets."""

import json
from pathlib import Path

import pytest

from ml import importers
from ml.data import SourceRefused
from ml.grouping import Groups
from ml.importers import LAYOUTS, Source
from ml.importers.casia import photographs


def touch(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def found(root: Path, **options) -> dict[str, tuple[str, str, str]]:
    """Relative path → (label, source, group)."""
    listed = importers.listed(Source(root, **options))
    return {row.path.relative_to(root).as_posix(): (row.label, row.source, row.group) for row in listed}


def layout(root: Path) -> str:
    chosen = importers.layout_of(Source(root))
    return next(name for name, one in LAYOUTS.items() if one is chosen)


def test_folders_of_classes_with_groups_and_masks(tmp_path):
    root = touch(tmp_path / "own", "authentic/a.jpg", "manipulated/b.jpg", "manipulated/.b.jpg", "masks/b_mask.png")
    (root / "groups.csv").write_text("path,label,group\nmanipulated/b.jpg,manipulated,a\n")
    assert layout(root) == "classes"
    assert found(root) == {
        "authentic/a.jpg": ("authentic", "own", "a"),
        "manipulated/b.jpg": ("manipulated", "own", "a"),
    }
    masks = {row.path.name: Path(row.mask).name for row in importers.listed(Source(root))}
    assert masks == {"a.jpg": "", "b.jpg": "b_mask.png"}


@pytest.mark.parametrize("top", ["", "real_vs_fake/real-vs-fake/"])
def test_140k_real_and_fake_faces(tmp_path, top):
    root = touch(tmp_path / "140k", f"{top}train/real/31355.jpg", f"{top}train/fake/ABC.jpg", f"{top}test/real/1.jpg")
    touch(root, "train.csv")
    assert layout(root) == "faces140k"
    assert set(found(root).values()) == {
        ("authentic", "140k", "31355"), ("ai_generated", "140k", "ABC"), ("authentic", "140k", "1"),
    }  # fmt: skip


def test_the_list_that_comes_with_140k_faces(tmp_path):
    root = touch(tmp_path, "real_vs_fake/real-vs-fake/train/real/31355.jpg")
    header = ",original_path,id,label,label_str,path"
    rows = ["0,/x/31355.jpg,31355,1,real,train/real/31355.jpg", "1,/x/ABC.jpg,ABC,0,fake,train/fake/ABC.jpg"]
    (root / "train.csv").write_text("\n".join([header, *rows]))
    assert layout(root / "train.csv") == "faces140k"
    listed = list(importers.listed(Source(root / "train.csv", "faces", licence="CC BY-NC-SA 4.0")))
    assert [(row.label, row.source, row.group, row.path.is_file()) for row in listed] == [
        ("authentic", "faces", "31355", True), ("ai_generated", "faces", "ABC", False),
    ]  # fmt: skip
    assert {row.licence for row in listed} == {"CC BY-NC-SA 4.0"}


def test_cifake(tmp_path):
    root = touch(tmp_path / "CIFAKE", "train/REAL/0000 (2).jpg", "train/FAKE/0000 (2).jpg", "test/FAKE/7.jpg")
    assert layout(root) == "cifake"
    assert found(root) == {
        "train/REAL/0000 (2).jpg": ("authentic", "CIFAKE", "0000 (2)"),
        "train/FAKE/0000 (2).jpg": ("ai_generated", "CIFAKE", "0000 (2)"),
        "test/FAKE/7.jpg": ("ai_generated", "CIFAKE", "7"),
    }


def test_genimage_has_a_source_for_each_generator(tmp_path):
    root = touch(
        tmp_path, "BigGAN/imagenet_ai_0419_biggan/train/ai/1.png", "BigGAN/imagenet_ai_0419_biggan/val/nature/n0.JPEG",
        "ADM/train/ai/2.png", "ADM/train/nature/n1.JPEG",
    )  # fmt: skip
    assert layout(root) == "genimage"
    assert {name.rpartition("/")[2]: (label, source) for name, (label, source, _) in found(root).items()} == {
        "1.png": ("ai_generated", "BigGAN"), "n0.JPEG": ("authentic", "BigGAN"),
        "2.png": ("ai_generated", "ADM"), "n1.JPEG": ("authentic", "ADM"),
    }  # fmt: skip
    assert {source for _, source, _ in found(root, name="genimage").values()} == {"genimage_BigGAN", "genimage_ADM"}


def test_forensynths_keeps_what_shares_a_name_together_and_knows_that_faceforensics_is_altered(tmp_path):
    root = touch(
        tmp_path, "progan/airplane/0_real/1.png", "progan/airplane/1_fake/1.png", "progan/cat/1_fake/1.png",
        "deepfake/0_real/a.png", "deepfake/1_fake/b.png",
    )  # fmt: skip
    assert layout(root) == "forensynths"
    assert found(root) == {
        "progan/airplane/0_real/1.png": ("authentic", "progan", "airplane/1"),
        "progan/airplane/1_fake/1.png": ("ai_generated", "progan", "airplane/1"),
        "progan/cat/1_fake/1.png": ("ai_generated", "progan", "cat/1"),
        "deepfake/0_real/a.png": ("authentic", "deepfake", "a"),
        "deepfake/1_fake/b.png": ("manipulated", "deepfake", "b"),
    }


def test_a_forgery_of_casia_and_its_photographs_are_one_group_however_far_that_reaches(tmp_path):
    root = touch(
        tmp_path, "Au/Au_pla_0005.jpg", "Au/Au_pla_0023.jpg", "Au/Au_sec_0001.jpg", "Au/Au_ani_0002.jpg",
        "Tp/Sp_D_CND_A_pla0005_pla0023_0281.jpg", "Tp/Sp_D_CNN_A_pla0023_sec0001_0300.jpg",
        "CASIA 1.0 groundtruth/Sp/Sp_D_CND_A_pla0005_pla0023_0281_gt.png",
        "CASIA 1.0 groundtruth/Sp/Sp_S_CNN_A_sec0001_pla0023_0300_gt.png",
    )  # fmt: skip
    assert layout(root) == "casia"
    rows = {row.path.stem: row for row in importers.listed(Source(root))}
    assert {stem: row.group for stem, row in rows.items()} == {
        "Au_pla_0005": "pla0005", "Au_pla_0023": "pla0005", "Au_sec_0001": "pla0005", "Au_ani_0002": "ani0002",
        "Sp_D_CND_A_pla0005_pla0023_0281": "pla0005", "Sp_D_CNN_A_pla0023_sec0001_0300": "pla0005",
    }  # fmt: skip
    assert rows["Sp_D_CND_A_pla0005_pla0023_0281"].mask.endswith("0281_gt.png")
    assert rows["Sp_D_CNN_A_pla0023_sec0001_0300"].mask.endswith("0300_gt.png")  # its mask has another name
    assert rows["Au_pla_0005"].mask == ""


@pytest.mark.parametrize(
    ("stem", "named"),
    [
        ("Sp_D_CND_A_pla0005_pla0023_0281", ["pla0005", "pla0023"]),
        ("Sp_S_NRD_A_ani0040_ani0054.0257", ["ani0040", "ani0054"]),
        ("Tp_D_CND_M_N_ani00018_sec00096_00138", ["ani00018", "sec00096"]),
        ("Sp_S_NNN_R_txt0031_txt0031_0031", ["txt0031"]),
        ("Au_nat_0093", ["nat0093"]),
        ("holiday_2017", []),
    ],
)
def test_a_name_of_casia_tells_its_photographs(stem, named):
    assert photographs(stem) == named


def test_the_order_in_which_names_are_joined_does_not_matter():
    pairs = [["b", "c"], ["d", "e"], ["c", "d"], ["a", "e"], ["x", "y"]]
    for order in (pairs, pairs[::-1]):
        groups = Groups()
        for pair in order:
            groups.join(pair)
        assert [groups.of(name) for name in "abcdexyz"] == ["a", "a", "a", "a", "a", "x", "x", "z"]


def test_dfdc_is_grouped_by_the_video_a_fake_was_made_from(tmp_path):
    root = touch(tmp_path, "faces/real1.jpg", "faces/fake1.jpg", "faces/fake1_12.jpg", "fake2/0001.jpg", "other.jpg")
    (root / "metadata.csv").write_text(
        "videoname,original_width,original_height,label,original\nreal1.mp4,1920,1080,REAL,NAN\n"
        "fake1.mp4,1920,1080,FAKE,real1.mp4\nfake2.mp4,1920,1080,FAKE,real2.mp4\n"
    )
    assert layout(root) == "dfdc"
    assert {name: row[0::2] for name, row in found(root).items()} == {
        "faces/real1.jpg": ("authentic", "real1"), "faces/fake1.jpg": ("manipulated", "real1"),
        "faces/fake1_12.jpg": ("manipulated", "real1"), "fake2/0001.jpg": ("manipulated", "real2"),
    }  # fmt: skip


def test_a_list_of_ones_own_as_csv(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("path,label,group,source,mask,licence\na.jpg,authentic,,,,\nb.jpg,manipulated,g,s,m.png,CC0\n")
    assert list(importers.listed(Source(path, licence="mine"))) == [
        (tmp_path / "a.jpg", "authentic", "mine", "a", "", "mine"),
        (tmp_path / "b.jpg", "manipulated", "s", "g", str(tmp_path / "m.png"), "CC0"),
    ]


def test_a_list_of_ones_own_as_json_lines(tmp_path):
    path = tmp_path / "mine.jsonl"
    path.write_text(json.dumps({"path": "/elsewhere/ä.png", "label": "ai_generated"}) + "\n\n")
    assert [row[:4] for row in importers.listed(Source(path))] == [
        (Path("/elsewhere/ä.png"), "ai_generated", "mine", "ä"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("a.csv", "file,label\nx,authentic\n", "has no column path"),
        ("a.csv", "path,label\nx,fake\n", "Row 1 of .* it has x and fake"),
        ("a.csv", "path,label\n,authentic\n", "it has no path"),
        ("a.jsonl", "[1]\n", "Line 1 of .* is no JSON object"),
        ("a.jsonl", "{'path'\n", "Line 1 of .* is no JSON object"),
        ("a.csv", b"path,label\n\xff,authentic\n", "is no CSV in UTF-8"),
        ("a.csv", b"path,label\n" + b"x" * 200_000 + b",authentic\n", "is no CSV in UTF-8: field larger"),
        ("a.jsonl", b"\xff\n", "Line 1 of .* is no JSON object"),
        ("a.jsonl", b"[" * 100_000, "Line 1 of .* is no JSON object"),
        ("a.jsonl", b'{"path": ' + b"9" * 5_000 + b"}", "Line 1 of .* is no JSON object"),
        ("train.csv", "id,label_str,path\n1,real\n", "has a row without a path"),
        ("metadata.csv", "videoname,label\nx,REAL\n", "has no column original"),
        ("metadata.csv", "videoname,label,original\nx,MAYBE,y\n", "must be REAL or FAKE"),
    ],
)
def test_a_list_that_cannot_be_used_says_why(tmp_path, name, text, sentence):
    (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SourceRefused, match=sentence):
        list(importers.listed(Source(tmp_path if name == "metadata.csv" else tmp_path / name)))


def test_a_layout_can_be_chosen_and_what_has_none_is_refused(tmp_path):
    root = touch(tmp_path, "manipulated/Sp_D_CND_A_pla0005_pla0023_0281.jpg", "authentic/Au_pla_0005.jpg")
    assert {row[2] for row in found(root, layout="casia").values()} == {"pla0005"}
    assert {row[2] for row in found(root).values()} == {"Sp_D_CND_A_pla0005_pla0023_0281", "Au_pla_0005"}
    with pytest.raises(SourceRefused, match="no layout that is known"):
        list(importers.listed(Source(root / "authentic")))
    with pytest.raises(SourceRefused, match="There is no layout imagenet"):
        list(importers.listed(Source(root, layout="imagenet")))
    with pytest.raises(SourceRefused, match="is no folder and no file"):
        list(importers.listed(Source(root / "none")))


def test_linked_folders_are_entered_once(tmp_path):
    touch(tmp_path / "elsewhere", "a.jpg")
    root = touch(tmp_path / "own", "authentic/b.jpg")
    (root / "ai_generated").symlink_to(tmp_path / "elsewhere")
    (root / "authentic" / "loop").symlink_to(root / "authentic")
    assert sorted(found(root)) == ["ai_generated/a.jpg", "authentic/b.jpg"]
