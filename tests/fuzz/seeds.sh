#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Writes seeds for the fuzz targets: one folder per target in DIR, with small files that are valid or
# nearly valid. seeds.sh PROGRAM DIR, in the folder of the project
set -e
program=$1 dir=$2 weights=tests/golden/weights
mkdir -p "$dir/pth" "$dir/pickle" "$dir/safetensors" "$dir/tokenizer" "$dir/h5_catalog"
cp "$weights/views.pth" "$dir/pth/views"
cp tests/core/formats/net.pt "$dir/pth/net"
"$program" convert "$weights/views.pth" "$dir/safetensors/views.safetensors" 2> /dev/null
"$program" convert "$weights/views.pth" "$dir/pth/ours.pth" 2> /dev/null
# The stored pickle: from its first opcode to the last STOP before the next entry.
for f in "$dir"/pth/*; do
    name=$(basename "$f")
    start=$(LC_ALL=C grep -abo "$(printf '\200\002[}c]')" "$f" | head -1 | cut -d: -f1)
    end=$(LC_ALL=C grep -abo "$(printf 'PK\003\004')" "$f" | cut -d: -f1 |
        awk -v s="$start" '$1 > s { print; exit }')
    head -c "$end" "$f" | tail -c +$((start + 1)) > "$dir/part"
    stop=$(LC_ALL=C grep -abo '\.' "$dir/part" | tail -1 | cut -d: -f1)
    head -c $((stop + 1)) "$dir/part" > "$dir/pickle/$name"
done
rm "$dir/part"
printf '\020\0\0\0\0\0\0\0{"__metadata__":{' > "$dir/safetensors/cut"
# The catalog of a small file: its last bytes, after which come its length and a mark.
"$program" convert "$weights/views.pth" "$dir/views.h5" 2> /dev/null
bytes=$(tail -c 16 "$dir/views.h5" | head -c 4 | od -An -tu4 | tr -d ' ')
tail -c $((bytes + 16)) "$dir/views.h5" | head -c "$bytes" > "$dir/h5_catalog/views"
rm "$dir/views.h5"
# The byte 0 and merges, or a context length and a text.
{ printf '\0'; cat tests/data/text/merges.txt; } > "$dir/tokenizer/merges"
i=0
grep -E '^ +\{"' tests/data/text/token_cases.h | sed -E 's/^ +\{"(.*)",$/\1/' | while IFS= read -r text; do
    i=$((i + 1))
    printf "M%b" "$(printf '%s' "$text" | sed -E 's/\\([0-7]{3})/\\0\1/g')" > "$dir/tokenizer/$i"
done
