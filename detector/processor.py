"""The processor is shared fairly: one verdict at a time in each process."""

import threading

# Threads of one process wait for clients, storage and data base side by side, but take turns at what only the processor
# does: so the processes share a load evenly. More processors are used by more processes.
turn = threading.BoundedSemaphore(1)
