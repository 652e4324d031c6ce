# beadwave: one file, no configure step; a new source file needs no edit here
CC       ?= cc
CFLAGS   ?= -O2 -g
PREFIX   ?= /usr/local
DESTDIR  ?=
O        ?= build
# SHARED=1 links libuv, inih and jansson as shared libraries even where their archives are installed
SHARED   ?=
# LINK=direct links libgit2 the plain way instead of loading it at the first write
LINK     ?= late
VERSION   = 0.1.0

PKGS      = libuv inih jansson
LIBDIR    = $(shell pkg-config --variable=libdir libuv 2>/dev/null)
# a shared library costs every start 50 us, and agents start bdw all the time
archive   = $(firstword $(wildcard $(1:%=$(LIBDIR)/lib%.a)))
SMALL     = $(if $(SHARED),,$(strip $(call archive,uv_a uv) $(call archive,inih) $(call archive,jansson)))
ifneq ($(words $(SMALL)),3)
SMALL     = $(shell pkg-config --libs $(PKGS) 2>/dev/null)
endif
WARN      = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2
CPPFLAGS += -D_GNU_SOURCE -DBDW_VERSION='"$(VERSION)"' -I. $(shell pkg-config --cflags $(PKGS) libgit2 2>/dev/null)
LDLIBS   += $(SMALL) -pthread -lm
ifeq ($(LINK),direct)
CPPFLAGS += -DBDW_LINK_DIRECT
LDLIBS   += $(shell pkg-config --libs libgit2)
else
# see store/repo.c: spares libgit2 the parsing of the CA bundle and more, 5 ms of every write
LDFLAGS  += -Wl,--export-dynamic-symbol=mbedtls_x509_crt_parse_file,--export-dynamic-symbol=mbedtls_ctr_drbg_seed
LDFLAGS  += -Wl,--export-dynamic-symbol=libssh2_init
endif

LIB       = $(patsubst %.c,$O/%.o,$(wildcard core/*.c store/*.c store/base/*.c))
CMD       = $(patsubst %.c,$O/%.o,$(filter-out cmd/main.c,$(wildcard cmd/*.c)))
UNIT      = $(patsubst tests/unit/%.c,$O/tests/%,$(wildcard tests/unit/test_*.c))
TOOLS     = $(patsubst tests/%.c,$O/tests/%,$(wildcard tests/fake/*.c tests/sim/*.c tests/fuzz/*.c tests/bench/*.c tests/crash/*.c))

all: $O/bdw

$O/bdw: $O/cmd/main.o $(CMD) $(LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$O/%.o: %.c
	@mkdir -p $(@D)
	$(CC) -std=c17 $(WARN) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<
$O/tests/test_%: $O/tests/unit/test_%.o $(CMD) $(LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka
$O/tests/%: $O/tests/%.o $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# the floor of a write is libgit2's own
$O/tests/bench/commit: LDLIBS += $(shell pkg-config --libs libgit2 2>/dev/null)

tests: $O/bdw $(UNIT) $(TOOLS)

# every kind of test; T=t0101 or T=test_plan runs those that match
test: tests
	@O=$O tests/run unit sim cli crash $(T:%=-t %)
# the same unit and command line tests under the address and undefined behaviour sanitizers, and spoiled input
asan:
	@$(MAKE) --no-print-directory O=build/asan CFLAGS='-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all' tests
	@O=build/asan ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1 \
		tests/run unit cli fuzz $(T:%=-t %)
# cmd -> core -> store -> store/base, never upward; third-party headers only where they belong
layers:
	@tests/layers
lint:
	@tests/lint $O
bench: tests
	@O=$O tests/bench/run
fuzz:
	@O=$O tests/fuzz/run
# the main paths of the command line under valgrind
valgrind: tests
	@O=$O tests/run valgrind
clean:
	rm -rf build
deps:
	contrib/install-deps
# the README's first command: dependencies, build, and the main job on real input
demo: deps
	@$(MAKE) --no-print-directory -s $(if $(findstring jobserver,$(MAKEFLAGS)),,-j2) all
	@contrib/demo/run

SHARE = $(DESTDIR)$(PREFIX)/share
BASH_COMP = $(SHARE)/bash-completion/completions
ZSH_COMP = $(SHARE)/zsh/site-functions
FISH_COMP = $(SHARE)/fish/vendor_completions.d
install: $O/bdw
	install -d $(DESTDIR)$(PREFIX)/bin $(SHARE)/man/man1 $(SHARE)/man/man5 $(SHARE)/man/man7 $(BASH_COMP) $(ZSH_COMP) $(FISH_COMP)
	install -m 755 $O/bdw $(DESTDIR)$(PREFIX)/bin/bdw
	ln -sf bdw $(DESTDIR)$(PREFIX)/bin/bd
	for n in 1 5 7; do for f in cmd/*.$$n; do if [ -f $$f ]; then \
		install -m 644 $$f $(SHARE)/man/man$$n/; fi; done; done
	$O/bdw completion bash >$(BASH_COMP)/bdw && ln -sf bdw $(BASH_COMP)/bd
	$O/bdw completion zsh >$(ZSH_COMP)/_bdw
	$O/bdw completion fish >$(FISH_COMP)/bdw.fish && ln -sf bdw.fish $(FISH_COMP)/bd.fish
	chmod 644 $(BASH_COMP)/bdw $(ZSH_COMP)/_bdw $(FISH_COMP)/bdw.fish
uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/bdw $(DESTDIR)$(PREFIX)/bin/bd
	for f in cmd/*.[157]; do rm -f $(SHARE)/man/man$${f##*.}/$${f##*/}; done
	rm -f $(BASH_COMP)/bdw $(BASH_COMP)/bd $(ZSH_COMP)/_bdw $(FISH_COMP)/bdw.fish $(FISH_COMP)/bd.fish

.PHONY: all tests test asan layers lint bench fuzz valgrind clean deps demo install uninstall
.PRECIOUS: $O/%.o
-include $(shell find $O -name '*.d' 2>/dev/null)
