#!/bin/sh
# Transactions: 16 writers at once and a reader. See tests/crash/txn.c.
exec "${O:-build}/tests/crash/txn" writers
