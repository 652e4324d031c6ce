#!/bin/sh
# Transactions: killed at every durable step, and again while recovering. See tests/crash/txn.c.
exec "${O:-build}/tests/crash/txn" kill
