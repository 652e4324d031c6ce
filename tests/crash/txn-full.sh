#!/bin/sh
# Transactions: a disk that is really full. See tests/crash/txn.c.
exec "${O:-build}/tests/crash/txn" full
