#!/bin/sh
# Transactions: killed, and failing, at every system call that writes. See tests/crash/txn.c.
exec "${O:-build}/tests/crash/txn" syscalls
