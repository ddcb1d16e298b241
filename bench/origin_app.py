"""The origin's design, rebuilt to be measured beside ours: a Flask page, Keras `model.predict` in the request.

It gets every advantage that the design allows: the same small network, loaded before the first request, no data
base, no storage, no account.
"""

import io
import os

import keras
import numpy as np
from flask import Flask, request
from PIL import Image

SIZE = 224
app = Flask(__name__)
model = keras.saving.load_model(os.environ["ORIGIN_MODEL"], compile=False)
model.predict(np.zeros((1, SIZE, SIZE, 3), np.float32), verbose=0)


@app.post("/predict")
def predict() -> str:
    image = Image.open(io.BytesIO(request.files["image"].read())).convert("RGB").resize((SIZE, SIZE))
    outputs = model.predict(np.asarray(image, np.float32)[None], verbose=0)
    first = next(iter(outputs.values())) if isinstance(outputs, dict) else outputs[0]
    return f"<h1>Prediction: {np.ravel(first).tolist()[:3]}</h1>"
