/* Makes a folder as matching a pool of the paper's shape leaves it.
 *
 * usage: shape FOLDER TEXTS [gathered] [keep-texts] */
#include <stdio.h>
#include <string.h>

#include "bench/engine/engine.h"
#include "bench/shape/paper_shape.h"

int main(int argc, char **argv) {
    mc_error error = {0};
    paper_shape shape = {0};
    if (argc < 3) {
        fprintf(stderr, "usage: shape FOLDER TEXTS [gathered] [keep-texts]\n");
        return 2;
    }
    bench_check(mc_parse_count(argv[2], &shape.n_texts, &error), &error);
    for (int i = 3; i < argc; i++) {
        shape.gathered |= strcmp(argv[i], "gathered") == 0;
        shape.keep_texts |= strcmp(argv[i], "keep-texts") == 0;
    }
    bench_check(paper_match(&shape, argv[1], &error), &error);
    return 0;
}
