// doctest itself, once for every binary that links the support objects.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>
