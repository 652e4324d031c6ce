/* tests/unit/data.h - files under tests/data, found from the top of the repository or from below
 * it */
#ifndef TESTS_UNIT_DATA_H
#define TESTS_UNIT_DATA_H
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include "store/base/buf.h"
#include "store/base/fsx.h"

/* Appends a file named from the top of the repository; false when it is not there. */
static inline bool data_read(const char *path, struct buf *out)
{
	char name[512];
	const char *up = "../../../";

	for (int i = 9; i >= 0; i -= 3) {
		snprintf(name, sizeof(name), "%s%s", up + i, path);
		if (fsx_read(AT_FDCWD, name, out, NULL) == 0)
			return true;
	}
	return false;
}

#endif
