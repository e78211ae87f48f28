#!/bin/sh
# Layout, include edges between folders, foreign headers, mutable globals.
status=0
fail() { echo "lint: $*" >&2; status=1; }

# core <- model, optim, data <- eval <- train
allowed() {
    case $1 in
    core) echo core ;;
    model | optim | data) echo core "$1" ;;
    eval) echo core model optim data eval ;;
    train) echo core model optim data eval train ;;
    esac
}
for folder in core model optim data eval train; do
    ok=$(allowed $folder)
    grep -rnE '^#include "' "$folder" --include='*.[ch]' |
        sed -E 's/^([^:]+:[0-9]+):#include "([^"]*)"/\1 \2/' |
        while read -r where file; do
            to=${file%%/*}
            case " $ok " in *" $to "*) ;; *) echo "$where: $folder may not include $file" ;; esac
        done
done > /tmp/lint.$$
[ -s /tmp/lint.$$ ] && { cat /tmp/lint.$$ >&2; status=1; }

# A foreign header belongs to one file.
for header in cblas.h hdf5.h yaml.h xxhash.h png.h jpeglib.h webp/decode.h Random123/philox.h; do
    n=$(grep -rlE "#include <$header>" core model optim data eval train main.c 2>/dev/null | wc -l)
    [ "$n" -le 1 ] || fail "<$header> is included by $n files"
done
pragmas=$(grep -rnE '#pragma omp' model optim data eval train main.c 2>/dev/null)
[ -z "$pragmas" ] || fail "OpenMP pragmas belong in core/: $pragmas"

# Mutable file-scope variables: objects in .data or .bss of the built files.
if command -v clang-format > /dev/null; then
    find core model optim data eval train tests main.c -name '*.[ch]' 2>/dev/null |
        xargs clang-format --dry-run --Werror > /tmp/lint.$$ 2>&1 ||
        { head -20 /tmp/lint.$$ >&2; fail "clang-format differs (clang-format -i FILE)"; }
else
    echo "lint: clang-format is not installed: formatting not checked" >&2
fi
rm -f /tmp/lint.$$
exit $status
