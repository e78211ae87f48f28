# ramplus: a training framework for the Recognize Anything Plus Model.
#   make                 build ./ramplus for this machine         (ARCH=x86-64-v3: portable)
#   make quickstart      set up, draw the built-in data, train, evaluate, tag a few images
#   make check           run all fast tests, then lint
#                        (T="NAME NAME": these suites; SAN=1: with ASan and UBSan)
#   make check-slow      run 100 random schedules of faults for `describe` instead of 10, all
#                        of make torture, and pages of `report` in chromium (SHOTS=FOLDER: pictures);
#                        LLM=FOLDER: also test with a real server, which is installed there
#   make torture         let allocations and system calls fail, one in each run of a command:
#                        POINTS=50 of either kind per command (0: all), drawn by SEED
#   make soak            train for SECONDS=600; fail if memory, descriptors or threads grow
#   make golden          compare with stored reference values (GOLDEN=DIR, default tests/golden;
#                        CLIP_MERGES=FILE: bpe_simple_vocab_16e6.txt.gz or merges.txt, for tokens)
#   make golden-full     compare with full-size reference values (GOLDEN=DIR)
#   make bench           measure speed, as ratios within one run, also beside a busy process and beside
#                        PyTorch and ONNX Runtime (VERSUS=no: without these, which it installs, 5.5 GB)
#   make fuzz            fuzz the parsers of all files, SECONDS=60 each (T="NAME NAME"; needs clang)
#   make lint            check layout, includes between rooms, foreign headers, globals
#   make install         install the program and its man page (PREFIX=/usr/local DESTDIR=)
#   make man             generate docs/ramplus.1 from the tables of options
#   make setup           install the required Debian packages (asks for root)
#   make clean           remove build/ and ./ramplus
#   make help            print this text
# For development:
#   make coverage        report the tested lines per room         (T=NAME: one suite)
#   make fuzz-corpus     keep the useful inputs of past fuzzing   (T=NAME: one target)
#   make fuzz-coverage   report the lines of the parsers that they reach; fails below 90%
#   make tsan            look for races, with clang's ThreadSanitizer (T=NAME: one suite)
#   make valgrind        run suites under valgrind                (T=NAME: one suite)
#   make analyze         run gcc -fanalyzer, cppcheck, clang-tidy (informational)
#   make compdb          write compile_commands.json for clangd   (needs bear)
#   make hooks           run lint before every commit
# Variables: CC, CFLAGS (appended), ARCH, SAN=1, WERROR=1, V=1.
ARCH   ?= native
PREFIX ?= /usr/local
GOLDEN ?= tests/golden
MODULES = hdf5 openblas libjpeg libpng libwebp libwebpdemux jansson yaml-0.1 libxml-2.0 libxxhash \
          zlib libutf8proc libcurl freetype2 libarchive
Q       = $(if $(V),,@)

ifneq ($(filter-out setup quickstart clean help hooks,$(or $(MAKECMDGOALS),all)),)
$(foreach m,$(MODULES),$(if $(shell pkg-config --exists $(m) && echo y),,\
    $(error library $(m) is missing: run "make setup" once, it installs the packages)))
# Expanded once, not for every command.
MODULE_FLAGS := $(shell pkg-config --cflags $(MODULES))
MODULE_LIBS  := $(shell pkg-config --libs $(MODULES))
endif

# oneDNN 2 for large products, if it is installed; version 3 has an incompatible API.
DNNL := $(shell printf '\043include <dnnl.h>\n\043if DNNL_VERSION_MAJOR != 2\n\043error\n\043endif\n' | \
          $(CC) $(CFLAGS) -E - > /dev/null 2>&1 && echo y)

# clang has build folders of its own. It reports every simd loop that it does not vectorize, such as
# those of the gradient checks, which call exp, and counts enumerations among -Wconversion.
CLANG := $(if $(shell $(CC) -dM -E -x c /dev/null 2> /dev/null | grep __clang__),clang-)
ifdef CLANG
$(if $(shell printf '\043include <omp.h>\n' | $(CC) -fopenmp -fsyntax-only -x c - 2>&1),\
    $(error clang finds no OpenMP: apt-get install libomp-dev))
WARN_CLANG = -Wno-pass-failed -Wno-sign-conversion
endif

OPTIMIZE = -O3
# POSIX and flock, for all files; what only GNU has is asked for where it is used.
STANDARD = -std=c11 -D_XOPEN_SOURCE=700 -D_DEFAULT_SOURCE=
# Hardening, where the compiler knows it. Sanitizers replace the functions that are fortified, and
# -O0 fortifies none.
known  = $(shell for f in $(1); do printf '\043include <stdlib.h>\n' | \
             $(CC) -O1 -Werror $$f -x c -c - -o /dev/null 2> /dev/null && echo $$f; done)
HARDEN := -fPIE $(call known,-fstack-protector-strong -fstack-clash-protection -fcf-protection)
ifeq ($(SAN)$(filter -O0 -fsanitize%,$(CFLAGS)),)
FORTIFY_2 = -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
HARDEN += -U_FORTIFY_SOURCE $(or $(call known,-D_FORTIFY_SOURCE=3),-D_FORTIFY_SOURCE=2)
endif
FLAGS = $(STANDARD) $(OPTIMIZE) $(HARDEN) -g -march=$(ARCH) -fopenmp -pthread -fno-math-errno \
        -fno-trapping-math -ffp-contract=off -I. -MMD -MP \
        -Wall -Wextra -Wpedantic -Wshadow -Wvla -Wundef -Wwrite-strings -Wstrict-prototypes \
        -Wmissing-prototypes -Wdouble-promotion $(STRICT) $(WARN_CLANG) $(MODULE_FLAGS) \
        $(if $(WERROR),-Werror) $(if $(SAN),$(SANFLAGS)) $(CFLAGS)
SANFLAGS = -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
LIBS  = -pie -Wl,-z,relro,-z,now $(MODULE_LIBS) $(if $(DNNL),-ldnnl) -lm -lpthread
BUILD = build/$(CLANG)$(if $(SAN),san,fast)
DOUBLE = build/$(CLANG)$(if $(SAN),san-)double

ROOMS   := $(shell sed -n 's/^\([a-z][^ ]*\).*/\1/p' tests/rooms.txt)
# What stands for oneDNN where it is missing.
DNNL_FOR = core/math/onednn.c
DNNL_NOT = $(DNNL_FOR:.c=_none.c)
# Sanitizers have allocators of their own.
OTHERS   = $(if $(DNNL),$(DNNL_NOT),$(DNNL_FOR)) $(if $(SAN)$(filter -fsanitize%,$(CFLAGS)),core/mem_libraries.c)
LIB_SRC  = $(filter-out $(OTHERS),$(wildcard $(ROOMS:%=%/*.c)))
TEST_SRC = $(filter-out tests/torture/shim.c,$(wildcard tests/*.c tests/support/*.c tests/torture/*.c \
             tests/fuzz/*.c $(ROOMS:%=tests/%/*.c)))
# The gradient checks are core and the networks in double precision.
GRAD_ROOMS = $(filter core%,$(ROOMS)) model/layers model/backbone model/clip model/losses \
             model model/weights
GRAD_SRC = $(filter-out $(DNNL_FOR) core/mem_libraries.c,$(wildcard $(GRAD_ROOMS:%=%/*.c)))
GRAD_TEST = tests/main.c tests/support/grad_check.c \
            $(wildcard tests/core/ops/*.c tests/model/*grad*.c)
obj = $(patsubst %.c,$(1)/%.o,$(2))
# Rooms that read, write and print, where -O3 would only lengthen the build.
$(foreach r,core/options core/io core/json core/hdf5 data/chat data/describe data/folder data/synth \
    data/collections data/benchmarks data/stats data/prepare model/labels \
    model/weights configs train/run train/ablate train/files train/report,\
    $(eval $(BUILD)/$(r)/%.o: OPTIMIZE = -O1))

$(call obj,$(BUILD),$(LIB_SRC) main.c): STRICT = -Wconversion
# Kernels, which see numbers and no foreign bytes, stay as fast as they were. Where a processor has
# vectors of 512 bits, some compilers use 256 unless told. Vectors are moved by memcpy, which level 3
# of fortification would compare with the sizes of arrays that are known at run time alone.
WIDE := $(call known,-mprefer-vector-width=512)
$(foreach r,core/math core/ops,$(eval $(BUILD)/$(r)/%.o: HARDEN += -fno-stack-protector $(WIDE) $(FORTIFY_2)))
$(BUILD)/optim/%.o: HARDEN += $(WIDE)

all: ramplus
ramplus: $(if $(SAN),,$(BUILD)/ramplus)
	$(Q)cp $(BUILD)/ramplus $@
$(BUILD)/ramplus: $(BUILD)/main.o $(BUILD)/lib.a
	@echo "link  $@"
	$(Q)$(CC) $(FLAGS) $^ -o $@ $(LIBS)
$(BUILD)/lib.a: $(call obj,$(BUILD),$(LIB_SRC)) $(BUILD)/onednn$(DNNL).stamp
	$(Q)rm -f $@ && ar rcs $@ $(filter %.o,$^)
# A stamp that is newer than the library if oneDNN was installed or removed since.
$(BUILD)/onednn$(DNNL).stamp:
	@mkdir -p $(@D); rm -f $(@D)/onednn*.stamp; touch $@
$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D); echo "cc    $<"
	$(Q)$(CC) $(FLAGS) -c $< -o $@
$(DOUBLE)/%.o: %.c Makefile
	@mkdir -p $(@D); echo "cc 64 $<"
	$(Q)$(CC) $(FLAGS) -DRAMPLUS_DOUBLE -c $< -o $@

# A file of the report as the initializer of an array of bytes, and its SHA-256.
REPORT = $(BUILD)/train/report/
vpath %.js train/report/vendor train/report
vpath %.css train/report/vendor train/report
$(REPORT)%.bytes: %
	@mkdir -p $(@D)
	$(Q)od -An -v -tx1 $< | sed 's/ \(..\)/0x\1,/g' > $@
$(REPORT)%.sha256: %
	@mkdir -p $(@D)
	$(Q)sha256sum < $< | sed 's/ .*//; s/../0x&,/g' > $@
$(REPORT)report_page.o: FLAGS += -I$(BUILD)
$(REPORT)report_page.o: $(addprefix $(REPORT),report.css.bytes uPlot.min.css.bytes \
    $(foreach f,report.js uPlot.iife.min.js,$f.bytes $f.sha256))

# Each tests/**/test_NAME.c defines `Suite *test_NAME_suite(void)`; these rules list them.
$(BUILD)/suites.h: $(TEST_SRC)
	@mkdir -p $(@D)
	$(Q)sh tests/suites.sh $(TEST_SRC) > $@
$(DOUBLE)/suites.h: $(GRAD_TEST)
	@mkdir -p $(@D)
	$(Q)sh tests/suites.sh $(GRAD_TEST) > $@
$(BUILD)/tests/main.o: FLAGS += -I$(BUILD)
$(BUILD)/tests/main.o: $(BUILD)/suites.h
# The targets of the fuzzer replay their committed inputs there, under names of their own.
FUZZ_ENTRY = -DLLVMFuzzerTestOneInput=$(notdir $*)
$(BUILD)/tests/fuzz/fuzz_%.o: FLAGS += $(FUZZ_ENTRY)
$(BUILD)/tests/fuzz/targets.h: $(wildcard tests/fuzz/fuzz_*.c)
	@mkdir -p $(@D)
	$(Q)printf 'TARGET(%s)\n' $(FUZZ_NAMES) > $@
$(BUILD)/tests/fuzz/test_fuzz_corpus.o: FLAGS += -I$(BUILD)/tests/fuzz
$(BUILD)/tests/fuzz/test_fuzz_corpus.o: $(BUILD)/tests/fuzz/targets.h
$(DOUBLE)/tests/main.o: FLAGS += -I$(DOUBLE)
$(DOUBLE)/tests/main.o: $(DOUBLE)/suites.h
# --wrap: tests/support/allocations.c counts what core/mem allocates.
$(BUILD)/check: $(call obj,$(BUILD),$(TEST_SRC)) $(BUILD)/lib.a
	$(Q)$(CC) $(FLAGS) -Wl,--wrap=aligned_alloc,--wrap=realloc $^ -o $@ -lcheck -lsubunit -lrt $(LIBS)
$(DOUBLE)/lib.a: $(call obj,$(DOUBLE),$(GRAD_SRC))
	$(Q)rm -f $@ && ar rcs $@ $^
$(DOUBLE)/check: $(call obj,$(DOUBLE),$(GRAD_TEST)) $(DOUBLE)/lib.a
	$(Q)$(CC) $(FLAGS) $^ -o $@ -lcheck -lsubunit -lrt $(LIBS)

# The library that makes calls of the program fail.
$(BUILD)/torture.so: tests/torture/shim.c $(wildcard tests/torture/*.h)
	@mkdir -p $(@D); echo "cc    $<"
	$(Q)$(CC) $(STANDARD) -O1 -g -I. -Wall -Wextra -shared -fPIC $< -o $@ -ldl

$(BUILD)/fault_server: $(call obj,$(BUILD),$(wildcard tests/server/*.c)) $(BUILD)/lib.a
	$(Q)$(CC) $(FLAGS) $^ -o $@ $(LIBS) -lmicrohttpd

# What suites start; tests/run.sh says it for make check.
BUILT = RAMPLUS=$(BUILD)/ramplus FAULT_SERVER=$(BUILD)/fault_server TORTURE=$(BUILD)/torture.so

# Lint is last: a blank too many hides no failed test.
check: $(BUILD)/check $(DOUBLE)/check $(BUILD)/ramplus $(BUILD)/fault_server $(BUILD)/torture.so \
       $(call obj,$(BUILD),$(wildcard tests/bench/*.c tests/reference/*.c))
	$(Q)sh tests/run.sh $(DOUBLE) $(BUILD) '$(T)'
	$(Q)$(MAKE) --no-print-directory lint
check-slow: $(BUILD)/check $(BUILD)/ramplus $(BUILD)/fault_server $(BUILD)/torture.so
	$(Q)SLOW=1 POINTS=$(or $(POINTS),0) CK_RUN_SUITE='$(or $(T),describe_random torture report_browser)' $(BUILT) $(BUILD)/check
	$(if $(LLM),$(Q)RAMPLUS=$(CURDIR)/$(BUILD)/ramplus sh tests/server/real_server.sh $(LLM))
torture: $(BUILD)/check $(BUILD)/ramplus $(BUILD)/fault_server $(BUILD)/torture.so
	$(Q)POINTS=$(or $(POINTS),50) CK_RUN_SUITE=torture $(BUILT) $(BUILD)/check
soak: $(BUILD)/ramplus
	$(Q)sh tests/soak.sh $< $(or $(SECONDS),600)
lint: $(if $(SAN),,$(BUILD)/lib.a) # sanitizers add globals
	$(Q)sh tests/lint.sh $<
golden golden-full: $(BUILD)/golden
	$(Q)$(BUILD)/golden $(if $(filter golden-full,$@),--full) $(GOLDEN)
$(BUILD)/golden: $(call obj,$(BUILD),$(wildcard tests/reference/*.c)) $(BUILD)/lib.a
	$(Q)$(CC) $(FLAGS) $^ -o $@ $(LIBS)
bench: $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/bench_*.c)) | \
       $(BUILD)/ramplus $(BUILD)/fault_server
	$(Q)for b in $^; do $$b || exit 1; done
	$(Q)sh tests/bench/neighbor.sh $(BUILD)/ramplus
	$(Q)[ "$(VERSUS)" = no ] || PROGRAM=$(BUILD)/ramplus sh tests/bench/versus.sh
# bench_pieces.c looks at the loops of OpenMP and at the ends of operations.
PIECES_WRAPS = profile_operation GOMP_parallel GOMP_parallel_loop_nonmonotonic_dynamic \
    GOMP_loop_nonmonotonic_dynamic_start omp_get_max_threads omp_get_num_threads omp_get_thread_num \
    omp_in_parallel omp_set_num_threads
$(BUILD)/bench/bench_pieces: LIBS += $(addprefix -Xlinker --wrap=,$(PIECES_WRAPS))
$(BUILD)/bench/%: $(BUILD)/tests/bench/%.o $(call obj,$(BUILD),tests/bench/sgemm_rate.c tests/bench/full_size.c) \
                  $(BUILD)/lib.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(FLAGS) $^ -o $@ $(LIBS)
# Each tests/fuzz/fuzz_NAME.c is a target of libFuzzer; what it finds remains in build/fuzz. The whole
# program is built again with clang, whose sanitizers and counters libFuzzer needs.
FUZZ_NAMES = $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_SHARED = $(call obj,$(BUILD),tests/fuzz/fuzz.c tests/fuzz/sealed.c tests/core/formats/zip_build.c \
    tests/core/options/option_table.c)
FUZZ_MAKE = $(MAKE) --no-print-directory CC=clang FUZZ_ENTRY=
# Without OpenMP: its runtime of clang does not survive the fork of core/io/confined.c under
# AddressSanitizer.
FUZZ_FLAGS = -O1 -fno-openmp -Wno-unknown-pragmas -Wno-unused-function -fsanitize=fuzzer-no-link
# Counters in a mapped file, so that those of child processes count.
FUZZ_COUNT = -fprofile-instr-generate -fcoverage-mapping -mllvm -runtime-counter-relocation \
             -Wno-unused-command-line-argument
T_FUZZ = $(or $(T),$(FUZZ_NAMES))
# fuzz-corpus keeps, of the committed inputs and of those found since, the fewest that reach all.
fuzz fuzz-corpus:
	+$(Q)$(FUZZ_MAKE) BUILD=build/fuzz CFLAGS="$(FUZZ_FLAGS) $(SANFLAGS)" $(T_FUZZ:%=build/fuzz/targets/%)
	$(Q)sh tests/fuzz/$(if $(filter fuzz,$@),run.sh build/fuzz $(or $(SECONDS),60),minimize.sh build/fuzz) $(T_FUZZ)
# The lines of the parsers that the committed inputs reach; at least 90% of each file.
fuzz-coverage:
	+$(Q)$(FUZZ_MAKE) BUILD=build/fuzz-coverage \
	    CFLAGS="$(FUZZ_FLAGS) $(FUZZ_COUNT)" \
	    $(FUZZ_NAMES:%=build/fuzz-coverage/targets/%)
	$(Q)sh tests/fuzz/coverage.sh build/fuzz-coverage $(FUZZ_NAMES)
$(BUILD)/targets/%: $(BUILD)/tests/fuzz/fuzz_%.o $(FUZZ_SHARED) $(BUILD)/lib.a
	@mkdir -p $(@D); echo "link  $@"
	$(Q)$(CC) $(FLAGS) -fsanitize=fuzzer -Wl,--wrap=_Exit $^ -o $@ $(LIBS) -lgomp
# Counters need a separate build folder; -O1 keeps lines distinct.
coverage:
	$(Q)find build/coverage -name '*.gcda' -delete 2> /dev/null || true
	$(Q)$(MAKE) BUILD=build/coverage DOUBLE=build/coverage/double CFLAGS="--coverage -O1 $(CFLAGS)" \
	    $(addprefix build/coverage/,check double/check ramplus fault_server torture.so)
	-$(Q)sh tests/run.sh build/coverage/double build/coverage '$(T)'
	$(Q)sh tests/tools/coverage.sh build/coverage
# What several threads do, under clang's TSan; libraries are not instrumented.
TSAN = loader loader_names loader_shards tar_cache batch stop embed_stop cmd_embed describe_faults describe_server describe_again \
       describe_random describe_kill trouble
tsan:
	$(Q)$(MAKE) CC=clang BUILD=build/tsan CFLAGS="-fsanitize=thread -O1 $(CFLAGS)" \
	    $(addprefix build/tsan/,check ramplus fault_server)
	$(Q)TSAN_OPTIONS=ignore_noninstrumented_modules=1 OMP_TOOL=disabled OMP_NUM_THREADS=1 \
	    CK_RUN_SUITE='$(or $(T),$(TSAN))' RAMPLUS=build/tsan/ramplus FAULT_SERVER=build/tsan/fault_server \
	    build/tsan/check
	$(Q)sh tests/tools/tsan.sh build/tsan/ramplus
# Under valgrind, which knows no AVX-512.
VALGRIND = tape param text json_array safetensors pth file_commands cmd_tag
valgrind:
	$(Q)$(MAKE) BUILD=build/valgrind ARCH=x86-64-v2 CFLAGS="-O1 $(CFLAGS)" \
	    $(addprefix build/valgrind/,check ramplus)
	$(Q)CK_RUN_SUITE='$(or $(T),$(VALGRIND))' RAMPLUS=build/valgrind/ramplus CK_DEFAULT_TIMEOUT=3000 \
	    valgrind -q --trace-children=yes --trace-children-skip='/bin/*,/usr/bin/*' --leak-check=full \
	    --errors-for-leak-kinds=definite --show-leak-kinds=definite --error-exitcode=99 build/valgrind/check
analyze:
	$(Q)sh tests/tools/analyze.sh $(filter-out -O3 -M%,$(FLAGS))
compdb:
	$(Q)bear --output compile_commands.json -- \
	    $(MAKE) -B BUILD=build/compdb build/compdb/ramplus build/compdb/check
hooks:
	$(Q)d=$$(git rev-parse --git-path hooks) && mkdir -p "$$d" && \
	    ln -sf "$(CURDIR)/tests/tools/pre_commit.sh" "$$d/pre-commit"
quickstart:
	$(Q)sh examples/quickstart.sh
setup:
	$(Q)sh setup.sh
man: $(BUILD)/ramplus
	$(Q)$< --man > docs/ramplus.1
install: ramplus
	install -D -m 755 ramplus $(DESTDIR)$(PREFIX)/bin/ramplus
	install -D -m 644 docs/ramplus.1 $(DESTDIR)$(PREFIX)/share/man/man1/ramplus.1
clean:
	rm -rf build ramplus
help:
	@sed -n '/^#/!q; s/^# \{0,1\}//p' Makefile
.PHONY: all check check-slow torture soak lint golden golden-full bench fuzz fuzz-corpus fuzz-coverage \
        coverage tsan valgrind analyze compdb hooks quickstart setup man install clean help
-include $(shell find build -name '*.d' 2>/dev/null)
