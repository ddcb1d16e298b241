"""What the cards of the models that ship say in sentences, so that catalogues hold it; a test compares them.

A card is a file of its own and knows nothing of languages. Whoever shows it looks its sentences up by their text.
"""

from ml.sentences import say

SENTENCES = (
    say('A verdict is a statistical judgement, never proof; "no sign found" does not make a picture authentic.'),
    say(
        "Generators, cameras and edits that are in none of the sets named here were not tested, and results "
        "on them may be no better than chance."
    ),
    say(
        "AI-generated training images come from StyleGAN faces, Stable Diffusion 1.x scenes (many of them "
        "artwork), Stable Diffusion 2.1 portraits, and four small autoencoders of our own. No newer generator"
        " was trained on: on those the model is close to chance, as the rows of generators that were never "
        "trained on say."
    ),
    say(
        "Manipulated training images are face swaps (DFDC), expert composites of faces, CASIA 1 and synthetic"
        " edits. Small local edits of other photographs are mostly missed."
    ),
    say(
        "Copies within a picture are found by a matcher, not by the network. Its images of copies (GRIP) were"
        " looked at several times while it was made, and its weight in the verdict rests on 60 pictures of "
        "CASIA 1 and 471 photographs."
    ),
    say(
        "Faces of the 140k collection had 1,359 training images here; published figures near 0.98 rest on "
        "16,000 and more."
    ),
    say(
        "Some sources hold one class only, so size, shape or subject may stand in for a trace; figures within"
        " sources that hold both classes are the ones to trust."
    ),
    say(
        "Tells authentic photographs from AI-generated pictures and from manipulated ones: MobileNet 0.25 at "
        "256 pixels with a branch that learns from masks where a photograph was altered. Fine-tuned in five "
        "legs, the last of them on 67,522 images without edits and reconstructions of our own; the averaged "
        "weights of the last epoch ship."
    ),
    say(
        "The camera originals and the test images of faces140k, diffusion_scenes and sd21_people were "
        "measured for earlier versions too, and choices were made after looks at them. How sources weigh in "
        "calibration, the bound of false alarms (5 %, after 4 % was tried) and the limit of the gate of "
        "features were settled after a look at the test figures of 2026.11.5, which are largely the same "
        "images. Take all figures as hopeful by a few points."
    ),
    say(
        "The pictures of CASIA 1 were split otherwise for the earlier legs: some that are tested here were "
        "trained on then, so its rows are hopeful."
    ),
    say(
        "Scanned documents were trained on in earlier legs alone. Of 626 receipts, most of which these saw,"
        " none is called fake and 96 % are inconclusive."
    ),
    say(
        "Tells authentic photographs from AI-generated pictures and from manipulated ones: MobileNet 0.25 at "
        "256 pixels with a narrow branch that learns from masks where a photograph was altered. Fine-tuned in "
        "six legs, the last two of them on 67,522 images without edits and reconstructions of our own; the "
        "averaged weights of the last epoch ship."
    ),
    say(
        "Scanned documents were trained on in earlier legs alone. Of 626 receipts, most of which these saw,"
        " none is called fake and 94 % are inconclusive."
    ),
    say(
        "Fewer fakes are found in pictures that were made much smaller: of 121 scenes of Stable Diffusion 1.x "
        "reduced to 128 pixels on the short edge, 54 are called fake and 41 inconclusive, of 107 portraits 60 "
        "and 39 (validation images). Of 756 photographs reduced alike, 2 are called fake."
    ),
    say(
        "Tells authentic photographs from AI-generated pictures and from manipulated ones: MobileNet 0.25 at "
        "256 pixels with a narrow branch that learns from masks where a photograph was altered. Fine-tuned in"
        " eight legs, the last of them on 74,835 images without edits and reconstructions of our own, "
        "pictures by GPT-4o and Gemini among them; the averaged weights of the last epoch ship."
    ),
    say(
        "AI-generated training images come from StyleGAN faces, portraits of a commercial generator of faces,"
        " Stable Diffusion 1.x scenes (many of them artwork), Stable Diffusion 2.1 portraits, a gallery of "
        "pictures by GPT-4o and Gemini (many of them designs and advertisements), and four small autoencoders"
        " of our own. On other generators the model may be close to chance. The Gemini pictures that are "
        "measured as left out come from another collection than those that were trained on, but from the same"
        " generator."
    ),
    say(
        "The camera originals and the test images of faces140k, diffusion_scenes and sd21_people were "
        "measured for earlier versions too, and choices were made after looks at them: that the leg before "
        "the last called 7 of 136 camera originals fake is why there is a last one. How sources weigh in "
        "calibration, the bound of false alarms (5 %, after 4 % was tried) and the limit of the gate of "
        "features were settled after a look at the test figures of 2026.11.5, which are largely the same "
        "images. Take all figures as hopeful by a few points."
    ),
    say("Fewer fakes are found in pictures that were made much smaller; the table of journeys says how many."),
    say(
        "Drawings, designs and montages that people made were not tested. Many of the AI-generated training "
        "images are such pictures, so these may be called AI-generated where no plain ground makes them "
        "inconclusive."
    ),
    say(
        "Copies within a picture are found by a matcher, not by the network. Its images of copies (GRIP) were"
        " looked at several times while it was made, and its weight in the verdict rests on 50 pictures of "
        "CASIA 1 and 550 photographs."
    ),
)
