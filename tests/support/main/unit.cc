// The main of every unit-test binary: doctest with its usual command line.
#include <doctest/doctest.h>

int main(int argc, char** argv) { return doctest::Context(argc, argv).run(); }
