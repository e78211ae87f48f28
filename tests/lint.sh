#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Checks what the compiler does not: includes between folders, foreign headers, OpenMP outside core,
# mutable globals, format, wide comments, long functions and files, paths of one machine.
# lint.sh [LIBRARY.a]: the built library, which is searched for mutable globals.
cd "$(dirname "$0")/.." || exit 1
library=$1
spdx=yes
source="core model optim data configs eval train"
found=$(mktemp) || exit 1
trap 'rm -f "$found" "$found."*' EXIT
# A file, not a variable, because the right side of a pipe is a separate process.
fail() { echo "lint: $*" >&2; : > "$found.failed"; }
note() { echo "lint: note: $*" >&2; }
# Fails and prints the first lines of standard input unless it is empty.
none() {
    cat > "$found"
    [ ! -s "$found" ] || { head -20 "$found" >&2; fail "$*"; }
}
# Lists the files of the project: files that git tracks or would track, or all files of an unpacked
# archive; with STAGED=1 (the hook of `make hooks`) the files of the commit in progress.
files() {
    if [ -n "$STAGED" ]; then
        git diff --cached --name-only --diff-filter=ACMR -- "$@"
    elif git rev-parse --git-dir > /dev/null 2>&1; then
        git ls-files --cached --others --exclude-standard -- "$@" | while read -r f; do
            [ -f "$f" ] && echo "$f"
        done
    else
        for pattern in "$@"; do find . -path ./build -prune -o -name "$pattern" -print; done
    fi
}

# A room may include its own files and those of the rooms before it.
rooms=$(sed -n 's/^\([a-z][^ ]*\).*/\1/p' tests/rooms.txt)
grep -rnE '^ *# *include *"' $source main.c --include='*.[ch]' --include='*.cl' |
    sed -E 's/^([^:]+:[0-9]+):[^"]*"([^"]*)".*/\1 \2/' |
    awk -v rooms="$(echo $rooms)" '
        function room(path) { return match(path, /.*\//) ? substr(path, 1, RLENGTH - 1) : "main.c" }
        BEGIN { n = split(rooms, name, " "); for (i = 1; i <= n; i++) order[name[i]] = i
                order["main.c"] = n + 1 }
        { from = room($1); to = room($2)
          if (!(from in order)) print $1 ": " from " is not in tests/rooms.txt"
          else if (!(to in order)) print $1 ": " $2 ": give the path from the root"
          else if (order[to] > order[from]) print $1 ": " from " may not include " $2 }' |
    none "include edges: see tests/rooms.txt"

sh tests/tools/rooms_table.sh > "$found.rooms"
grep -E '^\| (room|`)' README.md | sed -n '/^| room/,$p' > "$found.readme"
sed 2d "$found.rooms" | diff "$found.readme" - |
    none "README.md: the table of rooms differs from tests/rooms.txt"

# One .c file includes a foreign header (HDF5: the files h5_*.c). jansson is exempt: several readers
# exchange its values.
own='assert|ctype|dirent|errno|fcntl|fenv|float|fnmatch|ftw|getopt|glob|inttypes|limits|math|omp'
own="$own|poll|pthread|sched|setjmp|signal|stdalign|stdarg|stdatomic|stdbool|stddef|stdint|stdio"
own="$own|stdlib|stdnoreturn|string|strings|sys/[a-z]+|termios|time|unistd|wchar|jansson"
grep -rnE '^ *# *include *<' $source main.c --include='*.[ch]' |
    sed -E 's/^([^:]+):[0-9]+:[^<]*<([^>]*)>.*/\2 \1/; s/\/h5_[a-z]+\.c$/\/h5_*.c/' |
    grep -vE "^($own)\.h " | sort -u |
    awk '{ n[$1]++; where[$1] = where[$1] " " $2 }
         $2 ~ /\.h$/ { print $2 ": foreign header <" $1 "> in a header" }
         END { for (h in n) if (n[h] > 1) print "<" h "> is included by" where[h] }' |
    none "a foreign header belongs to one .c file"
grep -rnE '^ *# *pragma omp|<omp\.h>' model optim data configs eval train main.c --include='*.[ch]' |
    none "OpenMP belongs in core/"
grep -rn '__builtin_prefetch' $source --include='*.[ch]' | grep -v '^core/math/prefetch\.h:' |
    none "prefetch instructions outside of core/math/prefetch.h are lost"
grep -rnE '\b(malloc|calloc|realloc|aligned_alloc|strdup|strndup|asprintf|alloca)\(' $source \
    --include='*.[ch]' | grep -vE '^core/mem[._]|_(malloc|calloc|realloc|strdup)\(|: *\*|/\*' |
    none "only core/mem allocates"

# Mutable global and static variables appear as writable data in the objects. Tables of pointers are
# constant: the linker makes .data.rel.ro read-only. The compiler's are what --coverage counts with
# and the locks of LLVM's OpenMP. core/math/flops.c says why it counts with one, gemm.c what it has
# found out once, onednn.c what each thread has done once, core/stop.c why it has a stack. A
# variable of a function is FUNCTION.NAME to clang and NAME.NUMBER to gcc.
if [ -n "$library" ]; then
    nm -A -f sysv "$library" 2> /dev/null |
        sed -E 's/:[a-z_]+\.([a-z_]+) *\|/:\1|/; s/\.[0-9]+ *\|/|/' |
        awk -F'|' '$7 ~ /^ *(\.data|\.bss|\.tdata|\.tbss|COMMON|\*COM\*)/ &&
                   $7 !~ /\.data\.rel\.ro/ && $1 !~ /:(__gcov|__llvm_|.*:\.gomp_critical_user_)/ &&
                   $1 !~ /:(flops\.o:done|(packed_)?gemm\.o:in_tiles|onednn\.o:left|stop\.o:stack) *$/ {
                   gsub(/ +$/, "", $1); print $1 }' |
        none "mutable globals"
else
    note "no library given: mutable globals not checked"
fi

# Random streams: two purposes with the same number would draw the same random numbers.
grep -rhoE '\bRNG_[A-Z_]+ = [0-9]+' $source --include='*.h' | sort -u |
    awk '$3 in name { print name[$3] " and " $1 " are both " $3 } { name[$3] = $1 }' |
    none "each purpose of random numbers has its own number"

grep -rlE '\bgetenv\(' $source --include='*.c' | xargs grep -ohE '"[A-Z][A-Z_]+"' | tr -d '"' | sort -u |
    while read -r name; do grep -q "\`$name\`" docs/command_line.md || echo "$name"; done |
    none "environment variables that docs/command_line.md does not list"

# A function body extends from { to } in the first column.
files '*.c' '*.cl' | xargs -r awk '
    FNR == 1 { start = 0 }
    /^{/ { start = FNR }
    /^}/ && start { if (FNR - start - 1 > 60)
                        print FILENAME ":" start ": a function of " FNR - start - 1 " lines"
                    start = 0 }' | none "functions have at most 60 lines"
# clang-format wraps code alone.
files '*.c' '*.h' '*.cl' | LC_ALL=C.UTF-8 xargs -r grep -nE '^.{97,}$' /dev/null |
    grep -E '^[^:]+:[0-9]+: *(/\*|\*)' | none "comments have at most 96 columns"
files '*.c' '*.h' '*.cl' | xargs -r wc -l | awk '$2 != "total" && $1 > 400 { print $2 " (" $1 ")" }' > "$found"
[ ! -s "$found" ] || note "files of more than 400 lines: $(tr '\n' ' ' < "$found")"

# The license is in the first two lines of every source file: line 1 in C, after #! in a script.
if [ "$spdx" = yes ]; then
    files '*.c' '*.h' '*.cl' '*.sh' '*.py' .ci/run | while read -r f; do
        head -2 "$f" | grep -q 'SPDX-License-Identifier: Apache-2\.0' || echo "$f"
    done | none "no line with SPDX-License-Identifier: Apache-2.0 among the first two"
fi

files '*.sh' '*.c' '*.h' '*.cl' '*.md' '*.yaml' Makefile .ci/run |
    xargs -r grep -nE '(^|[^A-Za-z0-9_.$}])/(work|home|root|Users|scratch)/' /dev/null |
    none "paths of one machine"

# Kernels are C, OpenCL C and CUDA C at once (core/dialect.h); gcc compiles the first.
if command -v clang > /dev/null; then
    files '*.cl' | xargs -r sh tests/kernels.sh | none "kernels have to be OpenCL C and CUDA C, too"
else
    note "clang is not installed: kernels not compiled as OpenCL C and CUDA C"
fi

# That docs/ramplus.1 is up to date is tested by tests/core/options/test_man_page.c.
if command -v groff > /dev/null; then
    groff -man -Tutf8 -ww -z docs/ramplus.1 2>&1 | none "docs/ramplus.1: warnings of groff"
else
    note "groff is not installed: docs/ramplus.1 not rendered"
fi

if command -v clang-format > /dev/null; then
    files '*.c' '*.h' '*.cl' | xargs -r clang-format --dry-run --Werror 2>&1 | grep -E 'error:' |
        none "clang-format differs: clang-format -i FILE"
else
    note "clang-format is not installed: format not checked"
fi
[ ! -e "$found.failed" ]
