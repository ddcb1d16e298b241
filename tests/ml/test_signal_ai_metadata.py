"""A file that names its generator is told so, and only where that generator would have written it."""

import io
import json
import time
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from ml.evidence import tags
from ml.evidence.ai_metadata import examine
from ml.evidence.subject import NotApplicable
from ml.images import InvalidImage
from tests.factories import image_bytes, picture
from tests.ml.files import jpeg_with, png_with, subject_of, with_png_chunk, with_segment, with_xmp, xmp

SETTINGS = (
    "a lighthouse at dusk, oil on canvas\nNegative prompt: people\n"
    "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 4028, Size: 512x512, Model: dreamer, Version: v1.6.0"
)
GRAPH = {
    "3": {"class_type": "KSampler", "inputs": {"seed": 77, "model": ["4", 0]}},
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "base.safetensors"}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a lighthouse at dusk"}},
}
UPSCALE = {"1": {"class_type": "LoadImage", "inputs": {}}, "2": {"class_type": "ImageUpscaleWithModel", "inputs": {}}}
GENERATED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
SOFTWARE, DESCRIPTION, ARTIST, MAKE, MODEL, USER_COMMENT = 0x0131, 0x010E, 0x013B, 0x010F, 0x0110, 0x9286


def finding(data: bytes):
    (found,) = examine(subject_of(data))
    return found


def of_comment(text: str) -> bytes:
    return jpeg_with(detail={USER_COMMENT: b"UNICODE\0" + text.encode("utf-16-be")})


@pytest.mark.parametrize("data", [png_with(parameters=SETTINGS), of_comment(SETTINGS)], ids=["chunk", "EXIF"])
def test_settings_of_the_web_ui_are_read_from_a_chunk_and_from_exif(data):
    found = finding(data)
    assert found.stance == "supports_fake"
    assert "Stable Diffusion web UI" in found.summary
    assert found.details["prompt"] == "a lighthouse at dusk, oil on canvas"
    assert (found.details["seed"], found.details["model"]) == ("4028", "dreamer")


def test_settings_in_little_endian_utf16_are_read_too():
    data = jpeg_with(detail={USER_COMMENT: b"UNICODE\0" + SETTINGS.encode("utf-16-le")})
    assert finding(data).details["seed"] == "4028"


NAMED = {
    "ComfyUI": png_with(prompt=json.dumps(GRAPH)),
    "InvokeAI": png_with(invokeai_metadata=json.dumps({"positive_prompt": "a", "seed": 5, "model": {"name": "m"}})),
    "NovelAI": png_with(Software="NovelAI", Description="a", Source="Diffusion V3", Comment=json.dumps({"seed": 9})),
    "Fooocus": png_with(parameters=json.dumps({"base_model": "m", "prompt": "a", "seed": 3})),
    "SwarmUI": png_with(parameters=json.dumps({"sui_image_params": {"prompt": "a", "model": "m", "seed": 3}})),
    "Midjourney": png_with(Description="a fox --v 6 Job ID: 0a1b2c3d-1111-2222-3333-444455556666"),
    "Adobe Firefly": with_xmp(image_bytes(), xmp(xmp__CreatorTool="Adobe Firefly 2.0")),
    "Google AI": with_xmp(image_bytes(), xmp(photoshop__Credit="Made with Google AI")),
    "FLUX": jpeg_with({SOFTWARE: "AI generated;txt2img;flux", MAKE: "Black Forest Labs", MODEL: "flux-dev"}),
    "Grok": jpeg_with({DESCRIPTION: "Signature: " + "Ab3/" * 20, ARTIST: "0a1b2c3d-1111-2222-3333-444455556666"}),
    "DALL·E": jpeg_with({SOFTWARE: "DALL-E 3"}),
    "doubao": with_xmp(image_bytes(), xmp(TC260__AIGC='{"Label":"1","ContentProducer":"doubao"}')),
}


@pytest.mark.parametrize("name", NAMED)
def test_a_generator_is_named(name):
    found = finding(NAMED[name])
    assert found.stance == "supports_fake"
    assert found.details["generator"] == name
    assert "says of itself" in found.summary
    assert "anyone can write or remove" in found.summary


def test_a_workflow_in_the_exif_of_a_webp_is_read():
    block = Image.Exif()
    block[MODEL] = "prompt:" + json.dumps(GRAPH)
    found = finding(image_bytes("WEBP", exif=block.tobytes()))
    assert found.details == {
        "kind": "generated", "generator": "ComfyUI", "model": "base.safetensors", "prompt": "a lighthouse at dusk",
        "seed": "77", "where": "EXIF Model",
    }  # fmt: skip


def test_a_workflow_that_only_enlarges_a_picture_edited_it():
    found = finding(png_with(prompt=json.dumps(UPSCALE)))
    assert found.details["kind"] == "edited"
    assert "edited with ComfyUI" in found.summary


@pytest.mark.parametrize(
    ("value", "kind"),
    [(GENERATED, "generated"), ("trainedAlgorithmicMedia", "generated"), ("compositeSynthetic", "edited")],
)
def test_a_digital_source_type_of_generators_counts(value, kind):
    found = finding(with_xmp(image_bytes(), xmp(Iptc4xmpExt__DigitalSourceType=value)))
    assert (found.stance, found.details["kind"]) == ("supports_fake", kind)


@pytest.mark.parametrize("value", ["digitalCapture", "algorithmicMedia", "humanEdits", "compositeCapture"])
def test_other_digital_source_types_do_not(value):
    found = finding(
        with_xmp(image_bytes(), xmp(Iptc4xmpExt__DigitalSourceType=GENERATED.replace("trainedAlgorithmicMedia", value)))
    )
    assert found.stance == "silent"


def test_a_camera_file_is_silent():
    assert (
        finding(jpeg_with({MAKE: "Canon", MODEL: "Canon EOS 5D", SOFTWARE: "Adobe Lightroom 5.3"})).stance == "silent"
    )


@pytest.mark.parametrize(
    "texts",
    [
        {"Description": "A firefly on a leaf, by a midjourney traveller"},
        {"Comment": "Steps: up the hill, Seed: none"},
        {"prompt": "what did you feel here?"},
        {"workflow": "[1, 2]"},
        {"Software": "Editor de imagen 4.0"},
    ],
)
def test_words_that_only_sound_alike_do_not_count(texts):
    assert finding(png_with(**texts)).stance == "silent"


APPENDED = [
    b"parameters\0" + SETTINGS.encode(),
    json.dumps(GRAPH).encode(),
    b"Midjourney v6",
    xmp(Iptc4xmpExt__DigitalSourceType=GENERATED),
]


@pytest.mark.parametrize("marker", APPENDED, ids=["settings", "graph", "name", "packet"])
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_a_marker_after_the_end_of_a_picture_does_not_count(format, marker):
    assert finding(image_bytes(format) + marker).stance == "silent"


def test_whole_chunks_and_segments_after_the_end_do_not_count_either():
    chunk = with_png_chunk(image_bytes("PNG"), b"tEXt", b"parameters\0" + SETTINGS.encode())[33:400]
    assert finding(image_bytes("PNG") + chunk).stance == "silent"
    assert finding(image_bytes() + of_comment(SETTINGS)[2:]).stance == "silent"


def test_a_format_without_a_place_for_notes_does_not_apply():
    with pytest.raises(NotApplicable, match="BMP"):
        examine(subject_of(image_bytes("BMP")))


def test_a_long_prompt_is_shortened():
    assert len(finding(png_with(parameters="word " * 500 + SETTINGS)).details["prompt"]) == 300


def test_a_small_chunk_that_unpacks_a_thousandfold_costs_nothing():
    packer = zlib.compressobj(9)
    bomb = b"".join(packer.compress(b"a" * 1_000_000) for _ in range(50)) + packer.flush()
    start = time.process_time()
    texts = tags.read(with_png_chunk(image_bytes("PNG"), b"zTXt", b"parameters\0\0" + bomb), "PNG").texts
    assert len(texts["parameters"]) == 1_000_000
    assert time.process_time() - start < 0.5


def test_a_packet_with_entities_is_refused():
    packet = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + xmp(xmp__CreatorTool="&b;")
    read = tags.read(with_xmp(image_bytes(), packet), "JPEG")
    assert not read.xmp
    assert "document type" in read.problems[0]


def test_settings_repeated_a_thousandfold_cost_milliseconds():
    start = time.process_time()
    finding(png_with(picture(8, 8), parameters="Steps: 1, " * 90_000))
    finding(png_with(picture(8, 8), parameters='Steps: 1, Seed: "' * 50_000))
    assert time.process_time() - start < 0.5


FILES = [NAMED["ComfyUI"], NAMED["Grok"], NAMED["doubao"], with_segment(of_comment(SETTINGS), 0xFE, b"a comment")]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(FILES), st.floats(0, 1), st.integers(0, 1500), st.integers(0, 255))
def test_damaged_files_are_read_without_an_exception(data, cut, place, value):
    """A byte changed in the first kilobytes, where metadata is, and the end cut off."""
    spoilt = bytearray(data)
    spoilt[place % len(spoilt)] = value
    for format in ("JPEG", "PNG", "WEBP", "TIFF", "GIF"):
        tags.read(bytes(spoilt[: int(len(spoilt) * cut)]), format)


def test_the_fixtures_of_comfyui_are_named(shared_data):
    for path in sorted((shared_data / "fixtures" / "ai_metadata").iterdir()):
        found = finding(path.read_bytes())
        assert (found.stance, found.details["generator"]) == ("supports_fake", "ComfyUI"), path.name
        assert found.details["model"].endswith((".ckpt", ".safetensors"))


@pytest.mark.parametrize("folder", ["camera", "hostile"])
def test_no_fixture_of_cameras_or_of_hostile_files_is_called_generated(folder, shared_data):
    for path in sorted((shared_data / "fixtures" / folder).iterdir()):
        try:
            subject = subject_of(path.read_bytes())
        except InvalidImage:
            continue
        try:
            assert examine(subject)[0].stance == "silent", path.name
        except NotApplicable:
            continue


def test_a_heic_keeps_its_exif():
    stream = io.BytesIO()
    block = Image.Exif()
    block[SOFTWARE] = "Midjourney"
    picture(64, 64).save(stream, "HEIF", exif=block.tobytes())
    assert finding(stream.getvalue()).details["where"] == "EXIF Software"


def test_halves_of_characters_and_control_characters_do_not_reach_the_details():
    said = finding(png_with(invokeai_metadata='{"positive_prompt": "a\\ud800b\\u0000c", "seed": 1}')).details
    assert said["prompt"] == "a?bc"
