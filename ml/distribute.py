"""One run on several accelerators or machines: each worker learns from its part of every batch, all take one step.

On TensorFlow the workers are those of `tf.distribute`. Keras' own `fit` cannot be used there: with Keras 3.15 it fails
on the batches of `MultiWorkerMirroredStrategy`, and its optimiser clips the gradients of each worker before they are
added, which is another step than that of one worker. So the loop is written out here, with the sum before the clip.
On JAX, `keras.distribution.DataParallel` does it all behind `fit`.

The first worker, the chief, validates and writes; the others read its checkpoint when a run is resumed, so all need
the same folder, or a copy of its `last.npz`.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from ml.ahead import ahead

Figures = dict[str, float]


class DistributionRefused(ValueError):
    """These workers cannot work together: one sentence that says what to do."""


class Alone:
    """One process and one device: nothing is distributed."""

    worker, workers, replicas = 0, 1, 1

    @property
    def part(self) -> tuple[int, int]:
        """Which part of each batch this process draws; see `batches.Part`."""
        return self.worker, self.workers

    @property
    def chief(self) -> bool:
        """Whether this process validates, writes and speaks."""
        return self.worker == 0

    def together(self) -> contextlib.AbstractContextManager[Any]:
        """In it, what a backend raises where another worker is gone becomes a `DistributionRefused`."""
        return contextlib.nullcontext()

    def scope(self) -> contextlib.AbstractContextManager[Any]:
        """Where the model that learns, and its optimiser, must be made."""
        return contextlib.nullcontext()

    def check(self, batch: int) -> None:
        """Refuse a batch that cannot be shared.

        Raises:
            DistributionRefused: it is no multiple of the number of devices.
        """
        if batch % self.replicas:
            raise DistributionRefused(f"A batch of {batch} cannot be shared by {self.replicas}: change training.batch.")

    def adapt(self, model: keras.Model) -> None:
        """Make a model fit to be distributed, before its first step."""

    def fit(self, learner: keras.Model, batches: Any, callbacks: Sequence[keras.callbacks.Callback]) -> Figures:
        """One epoch; returns the figures of all workers together."""
        # The draws are random already; a shuffle by Keras' own generator would not survive a resume.
        told = learner.fit(batches, epochs=1, shuffle=False, verbose=0, callbacks=list(callbacks)).history
        return {name: float(values[0]) for name, values in told.items()}

    def from_chief(self, make: Callable[[], Sequence[float]], count: int) -> list[float]:
        """So many numbers that the chief makes and every worker gets; the others wait for them."""
        return list(make()) if self.chief else [0.0] * count


class Mirrored(Alone):
    """TensorFlow: one copy of the model on each device of each worker."""

    def __init__(self, strategy: Any, worker: int, workers: int) -> None:
        self.strategy, self.worker, self.workers = strategy, worker, workers
        self.replicas = strategy.num_replicas_in_sync
        self._step: Any = None
        self._compiled: Any = None

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        import tensorflow as tf

        try:
            yield
        except (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError) as error:
            raise DistributionRefused("A worker is gone: stop the others, start all of them with --resume.") from error

    def scope(self) -> contextlib.AbstractContextManager[Any]:
        scope: contextlib.AbstractContextManager[Any] = self.strategy.scope()
        return scope

    def check(self, batch: int) -> None:
        """Refuse a batch that cannot be shared.

        Raises:
            DistributionRefused: it is no multiple of the number of devices.
        """
        if batch % self.replicas:
            raise DistributionRefused(f"A batch of {batch} cannot be shared by {self.replicas}: change training.batch.")

    def adapt(self, model: keras.Model) -> None:
        """Batch normalisation takes its statistics from the whole batch, as it would on one device."""
        for layer in model.layers:
            if isinstance(layer, keras.Model):
                self.adapt(layer)
            elif isinstance(layer, keras.layers.BatchNormalization):
                layer.synchronized = True

    def fit(self, learner: keras.Model, batches: Any, callbacks: Sequence[keras.callbacks.Callback]) -> Figures:
        import tensorflow as tf

        if self._compiled is not learner.optimizer:  # compiled anew: a step knows one optimiser
            self._step, self._compiled = self._step_of(tf, learner), learner.optimizer
        told, losses = keras.callbacks.CallbackList(list(callbacks), model=learner), []
        learner.reset_metrics()
        told.on_train_begin()
        for number, batch in enumerate(self._dataset(tf, batches)):
            losses.append(self._step(*batch))
            told.on_train_batch_end(number)
        told.on_train_end()
        figures = {name: float(value) for name, value in learner.get_metrics_result().items()}
        return figures | {"loss": float(np.mean([float(loss) for loss in losses]))}

    def from_chief(self, make: Callable[[], Sequence[float]], count: int) -> list[float]:
        import tensorflow as tf

        values = np.array(super().from_chief(make, count)) * self.workers / self.replicas

        def add() -> Any:
            return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, tf.constant(values))

        added = tf.function(lambda: self.strategy.run(add))()
        return [float(value) for value in self.strategy.experimental_local_results(added)[0].numpy()]

    def _dataset(self, tf: Any, batches: Any) -> Any:
        """The batches of this worker, cut into one part for each of its devices."""
        devices = self.replicas // self.workers

        def parts() -> Iterator[Any]:
            for batch in ahead(batches.__getitem__, range(len(batches)), batches.workers):
                for device in range(devices):
                    yield keras.tree.map_structure(partial(_share, device, devices), batch)

        kinds = keras.tree.map_structure(
            lambda values: tf.TensorSpec([len(values) // devices, *values.shape[1:]], values.dtype), batches[0]
        )
        stream = tf.data.Dataset.from_generator(parts, output_signature=kinds).prefetch(2 * devices)
        return self.strategy.distribute_datasets_from_function(lambda context: stream)

    def _step_of(self, tf: Any, learner: keras.Model) -> Any:
        def gradients(images: Any, targets: Any) -> Any:
            with tf.GradientTape() as tape:
                outputs = learner(images, training=True)
                loss = learner.compute_loss(images, targets, outputs)  # Keras divides it by the number of replicas
                scaled = learner.optimizer.scale_loss(loss)
            learner.compute_metrics(images, targets, outputs)
            found = tape.gradient(scaled, [variable.value for variable in learner.trainable_variables])
            return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, [loss, *found])

        def step(images: Any, targets: Any) -> Any:
            added = self.strategy.run(gradients, args=(images, targets))
            loss, *whole = [self.strategy.experimental_local_results(value)[0] for value in added]
            learner.optimizer.apply(whole, learner.trainable_variables)
            return loss

        return tf.function(step, jit_compile=False)


def _share(device: int, devices: int, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.split(values, devices)[device]


class Sharded(Alone):
    """JAX: Keras divides each batch among all devices of all workers."""

    def __init__(self, worker: int, workers: int) -> None:
        self.worker, self.workers = worker, workers
        self.distribution = keras.distribution.DataParallel(auto_shard_dataset=False)  # the batches are parts
        self.replicas = len(keras.distribution.list_devices())

    def scope(self) -> contextlib.AbstractContextManager[Any]:
        scope: contextlib.AbstractContextManager[Any] = self.distribution.scope()
        return scope

    def fit(self, learner: keras.Model, batches: Any, callbacks: Sequence[keras.callbacks.Callback]) -> Figures:
        with self.scope():
            return super().fit(learner, batches, callbacks)

    def from_chief(self, make: Callable[[], Sequence[float]], count: int) -> list[float]:
        from jax.experimental import multihost_utils  # type: ignore[import-not-found]

        values = np.array(super().from_chief(make, count), np.float32)
        return [float(value) for value in multihost_utils.process_allgather(values).reshape(-1, count)[0]]


def cluster(addresses: str, worker: int) -> Alone:
    """The workers that `--distribute` names: "" none, "local" this machine's devices, or HOST:PORT,HOST:PORT,….

    It must be called before anything is computed.

    Raises:
        DistributionRefused: this backend distributes nothing, or there is no such worker.
    """
    if not addresses:
        return Alone()
    listed = [] if addresses == "local" else addresses.split(",")
    if not 0 <= worker < max(1, len(listed)):
        raise DistributionRefused(f"There is no worker {worker}: --worker counts the addresses from 0.")
    makers = {"tensorflow": _tensorflow, "jax": _jax}
    backend = keras.backend.backend()
    if backend not in makers:
        raise DistributionRefused(f"--distribute works on {' and '.join(makers)}; KERAS_BACKEND is {backend}.")
    return makers[backend](listed, worker)


def _tensorflow(listed: list[str], worker: int) -> Alone:
    import tensorflow as tf

    if not listed:
        return Mirrored(tf.distribute.MirroredStrategy(), 0, 1)
    spec = tf.train.ClusterSpec({"worker": listed})
    resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(spec, task_type="worker", task_id=worker)
    return Mirrored(tf.distribute.MultiWorkerMirroredStrategy(cluster_resolver=resolver), worker, len(listed))


def _jax(listed: list[str], worker: int) -> Alone:
    if listed:
        keras.distribution.initialize(",".join(listed), len(listed), worker)
    return Sharded(worker, max(1, len(listed)))
