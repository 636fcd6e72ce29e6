"""Writes data/golden/lmdb/data.mdb with the original LMDB library (Python package lmdb 1.x): what our reader is held to.

    pip install lmdb && python data/golden/lmdb_pages.py

Two transactions and removed records, so that it has free pages, both meta pages in use, and more than one leaf.
"""
import hashlib
import os
import lmdb

folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lmdb")
env = lmdb.open(folder, map_size=1 << 20)


def record(i):
    key = hashlib.sha1(str(i).encode()).hexdigest().encode()
    length = 5000 if i % 25 == 0 else 3 * i + 1  # some on pages of their own
    return key, bytes([i]) * length


for part in (range(0, 60), range(60, 120)):
    with env.begin(write=True) as transaction:
        for i in part:
            transaction.put(*record(i))
with env.begin(write=True) as transaction:
    for i in range(0, 120, 7):
        transaction.delete(record(i)[0])
env.close()
os.remove(os.path.join(folder, "lock.mdb"))
