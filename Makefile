# beadwave: one file, no configure step; a new source file needs no edit here
CC       ?= cc
CFLAGS   ?= -O2 -g
PREFIX   ?= /usr/local
DESTDIR  ?=
O        ?= build
# LINK=direct links libgit2 the plain way instead of loading it at the first write
LINK     ?= late
VERSION   = 0.1.0

PKGS      = libuv inih jansson
WARN      = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2
CPPFLAGS += -D_GNU_SOURCE -DBDW_VERSION='"$(VERSION)"' -I. $(shell pkg-config --cflags $(PKGS) libgit2 2>/dev/null)
LDLIBS   += $(shell pkg-config --libs $(PKGS) 2>/dev/null) -pthread
ifeq ($(LINK),direct)
CPPFLAGS += -DBDW_LINK_DIRECT
LDLIBS   += $(shell pkg-config --libs libgit2)
else
# see store/repo.c: spares libgit2 the parsing of the CA bundle, 5 ms of every write
LDFLAGS  += -Wl,--export-dynamic-symbol=mbedtls_x509_crt_parse_file
endif

LIB       = $(patsubst %.c,$O/%.o,$(wildcard core/*.c store/*.c store/base/*.c))
CMD       = $(patsubst %.c,$O/%.o,$(filter-out cmd/main.c,$(wildcard cmd/*.c)))
UNIT      = $(patsubst tests/unit/%.c,$O/tests/%,$(wildcard tests/unit/test_*.c))
TOOLS     = $(patsubst tests/%.c,$O/tests/%,$(wildcard tests/fake/*.c tests/sim/*.c tests/fuzz/*.c tests/bench/*.c))

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

tests: $O/bdw $(UNIT) $(TOOLS)

.PHONY: all tests
.PRECIOUS: $O/%.o
-include $(shell find $O -name '*.d' 2>/dev/null)
