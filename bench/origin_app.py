"""The origin's design, rebuilt to be measured beside ours: a Flask page, Keras `model.predict` in the request.

It gets every advantage that the design allows: the network is loaded before the first request, and there is no data
base, no storage, no account. ORIGIN_NETWORK names a file of a Keras model, or one of `keras.applications`, whose
weights do not matter for the speed. The write-up does not say which backbone it had.
"""

import io
import os

import keras
import numpy as np
from flask import Flask, request
from PIL import Image

app = Flask(__name__)


def load(network: str) -> keras.Model:
    if os.path.exists(network):
        return keras.saving.load_model(network, compile=False)
    return getattr(keras.applications, network)(weights=None, input_shape=(224, 224, 3), classes=2)


model = load(os.environ["ORIGIN_NETWORK"])
SIZE = model.inputs[0].shape[1] or 224
model.predict(np.zeros((1, SIZE, SIZE, 3), np.float32), verbose=0)


@app.post("/predict")
def predict() -> str:
    image = Image.open(io.BytesIO(request.files["image"].read())).convert("RGB").resize((SIZE, SIZE))
    outputs = model.predict(np.asarray(image, np.float32)[None], verbose=0)
    first = next(iter(outputs.values())) if isinstance(outputs, dict) else outputs[0]
    return f"<h1>Prediction: {np.ravel(first).tolist()[:3]}</h1>"
