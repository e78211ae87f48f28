#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The hook that `make hooks` installs: runs lint; per-file checks read only the commit's files.
cd "$(git rev-parse --show-toplevel)" && STAGED=1 sh tests/lint.sh 2> .git-lint.log
status=$?
[ $status = 0 ] || cat .git-lint.log >&2
rm -f .git-lint.log
exit $status
