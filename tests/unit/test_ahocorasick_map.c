/* Mapping bytes that are no automaton, or not any more: refused, or harmless. */
#include "ahocorasick_checks.h"

#include "ahocorasick/format.h"

#define B(literal)                                                                                 \
    { literal, sizeof(literal) - 1 }

static const ac_pattern patterns[] = {B("he"), B("she"),  B("his"), B("hers"),  B("she"),
                                      B("e"),  B("rs a"), B("\0"),  B("a\xff"), B("hershe")};
enum { N = sizeof patterns / sizeof patterns[0] };

/* A block of bytes that a test may damage, and its parts. */
typedef struct image {
    void *data;
    size_t size;
    ac_header *header;
    uint32_t *words;
    ac_link *links;
    ac_output *outputs;
} image;

static image make_image(void) {
    ac_automaton *ac = build_ok(patterns, N);
    image im;
    im.data = copy_block(ac, &im.size);
    ac_free(ac);
    im.header = im.data;
    im.words = (uint32_t *)(im.header + 1);
    im.links = (ac_link *)(im.words + im.header->n_slots);
    im.outputs = (ac_output *)(im.links + im.header->n_slots);
    return im;
}

static void seal(image *im) {
    im->header->checksum = ac_block_checksum(im->data, im->size);
}

/* The state that string leads to. */
static uint32_t state_of(const image *im, const char *string) {
    uint32_t state = AC_ROOT;
    for (; *string; string++) {
        state = im->words[state] >> AC_BASE_SHIFT ^ (unsigned char)*string;
        assert_int_equal(ac_check(im->words[state]), (unsigned char)*string);
    }
    return state;
}

static void set_base(image *im, uint32_t slot, uint32_t base) {
    im->words[slot] = base << AC_BASE_SHIFT | (im->words[slot] & (AC_ENDS | 0xff));
}

/* A slot that is no state. */
static uint32_t free_slot(const image *im) {
    for (uint32_t i = AC_ROOT + 1; i < im->header->n_slots; i++)
        if ((i ^ ac_check(im->words[i])) == AC_NOWHERE)
            return i;
    fail();
    return 0;
}

/* Scans in every way. Sanitizers watch the reads, the test's time the end. */
static void exercise(const ac_automaton *ac) {
    static const unsigned char text[] = "ushers ahershe she his\0\xff\xff a\xff hehershershe";
    const size_t size = sizeof text - 1;
    match_list list = {0};
    ac_scanner scanner;
    ac_scanner_init(&scanner, ac);
    scan_on(&scanner, text, size, 5, &list);
    for (size_t i = 0; i < list.n; i++) {
        assert_true(list.items[i].size <= list.items[i].end && list.items[i].end <= size);
        assert_true(list.items[i].id < ac_pattern_count(ac));
    }
    list_dispose(&list);
    list = leftmost_by(ac, text, size, 3);
    for (size_t i = 0; i < list.n; i++)
        assert_true(list.items[i].size <= list.items[i].end && list.items[i].end <= size);
    list_dispose(&list);
    check_batch(ac, text, size, 4);
}

/* True when the image is accepted; it then survives scanning. */
static bool try_image(const image *im, ac_error *error) {
    ac_automaton *ac;
    ac_status status = ac_map(&ac, im->data, im->size, error);
    if (status != AC_OK) {
        assert_int_equal(status, AC_E_FORMAT);
        assert_null(ac);
        return false;
    }
    exercise(ac);
    ac_free(ac);
    return true;
}

static void test_cut_short(void **state) {
    (void)state;
    image im = make_image();
    ac_automaton *ac;
    for (size_t size = 0; size < im.size; size++) {
        void *part = malloc(size + 1);
        assert_non_null(part);
        memcpy(part, im.data, size);
        assert_int_equal(ac_map(&ac, part, size, NULL), AC_E_FORMAT);
        assert_null(ac);
        free(part);
    }
    char *longer = calloc(1, im.size + 8);
    assert_non_null(longer);
    memcpy(longer, im.data, im.size);
    assert_int_equal(ac_map(&ac, longer, im.size + 8, NULL), AC_E_FORMAT);
    assert_int_equal(ac_map(&ac, longer + 4, im.size, NULL), AC_E_ARGUMENT);
    assert_null(ac);
    free(longer);
    free(im.data);
}

static void test_flipped_bits(void **state) {
    (void)state;
    image im = make_image();
    unsigned char *bytes = im.data;
    ac_error error;
    for (size_t i = 0; i < im.size; i++) {
        bytes[i] ^= (unsigned char)(1u << i % 8);
        assert_false(try_image(&im, &error));
        bytes[i] ^= (unsigned char)(1u << i % 8);
    }
    assert_true(try_image(&im, &error));
    free(im.data);
}

/* As whoever means harm would: the checksum is right again. */
static void test_flipped_and_sealed(void **state) {
    (void)state;
    image im = make_image();
    unsigned char *bytes = im.data;
    ac_error error;
    size_t n_accepted = 0, n_refused = 0;
    for (size_t i = 0; i < im.size * 8; i++) {
        bytes[i / 8] ^= (unsigned char)(1u << i % 8);
        seal(&im);
        *(try_image(&im, &error) ? &n_accepted : &n_refused) += 1;
        bytes[i / 8] ^= (unsigned char)(1u << i % 8);
    }
    /* Some bits only change what is found, such as a pattern's id. */
    assert_true(n_accepted > 0);
    assert_true(n_refused > n_accepted);
    free(im.data);
}

/* Several numbers of the image become other numbers that occur in it. */
static void test_shuffled_and_sealed(void **state) {
    (void)state;
    image im = make_image();
    void *intact = malloc(im.size);
    assert_non_null(intact);
    memcpy(intact, im.data, im.size);
    const uint32_t n_numbers = (uint32_t)(im.size - sizeof(ac_header)) / 4;
    ac_error error;
    size_t n_accepted = 0;
    for (size_t round = 0; round < 20000; round++) {
        memcpy(im.data, intact, im.size);
        for (uint32_t n = 1 + random_below(4); n > 0; n--)
            im.words[random_below(n_numbers)] = im.words[random_below(n_numbers)];
        seal(&im);
        n_accepted += try_image(&im, &error);
    }
    assert_true(n_accepted > 0);
    free(intact);
    free(im.data);
}

static void bad_magic(image *im) {
    im->header->magic[3] = 'x';
}
static void bad_version(image *im) {
    im->header->version++;
}
static void bad_size(image *im) {
    im->header->size++;
}
static void bad_reserved(image *im) {
    im->header->reserved[1] = 1;
}
static void odd_slots(image *im) {
    im->header->n_slots -= 4;
}
static void no_slots(image *im) {
    im->header->n_slots = 0;
}
static void many_patterns(image *im) {
    im->header->n_patterns = UINT32_MAX;
}
static void more_states(image *im) {
    im->header->n_states++;
}
static void longer(image *im) {
    im->header->longest++;
}
static void base_outside(image *im) {
    set_base(im, state_of(im, "h"), im->header->n_slots);
}
static void fail_outside(image *im) {
    im->links[state_of(im, "h")].fail = im->header->n_slots;
}
static void output_outside(image *im) {
    im->links[state_of(im, "e")].output = N + 1;
}
static void output_of_none(image *im) {
    im->links[state_of(im, "h")].output = 1;
}
static void end_of_none(image *im) {
    im->words[state_of(im, "h")] |= AC_ENDS;
}
static void root_lacks_byte(image *im) {
    im->words[0x41] ^= 2;
}
static void child_of_childless(image *im) {
    uint32_t *word = &im->words[AC_CHILDLESS ^ 7];
    *word = (*word & ~(uint32_t)0xff) | 7;
}
static void root_copy_ends(image *im) {
    im->words[0x41] |= AC_ENDS;
    im->links[0x41].output = 1;
}
static void root_ends(image *im) {
    im->words[AC_ROOT] |= AC_ENDS;
    im->links[AC_ROOT].output = 1;
}
static void root_elsewhere(image *im) {
    set_base(im, AC_ROOT, AC_CHILDLESS);
}
static void second_root(image *im) {
    set_base(im, state_of(im, "her"), AC_ROOT_BASE);
}
static void shared_children(image *im) {
    set_base(im, state_of(im, "his"), im->words[state_of(im, "he")] >> AC_BASE_SHIFT);
}
static void own_prefix(image *im) {
    /* "her" takes the place of "h" above "he", so that each leads to the other. */
    uint32_t h = state_of(im, "h"), her = state_of(im, "her");
    uint32_t base = im->words[h] >> AC_BASE_SHIFT;
    set_base(im, h, AC_CHILDLESS);
    set_base(im, her, base);
}
static void free_slot_with_children(image *im) {
    uint32_t h = state_of(im, "h"), base = im->words[h] >> AC_BASE_SHIFT;
    set_base(im, h, AC_CHILDLESS);
    set_base(im, free_slot(im), base);
}
static void fail_to_itself(image *im) {
    uint32_t she = state_of(im, "she");
    im->links[she].fail = she;
}
static void fail_to_free_slot(image *im) {
    im->links[state_of(im, "she")].fail = free_slot(im);
}
static void fail_in_circle(image *im) {
    im->links[state_of(im, "he")].fail = state_of(im, "sh");
    im->links[state_of(im, "sh")].fail = state_of(im, "he");
}
static void id_outside(image *im) {
    im->outputs[3].id = N;
}
static void size_nothing(image *im) {
    im->outputs[3].size = 0;
}
static void next_to_itself(image *im) {
    im->outputs[3].next = 4;
}
static void next_outside(image *im) {
    im->outputs[3].next = UINT32_MAX;
}
static void next_is_longer(image *im) {
    im->outputs[0].size = 5;
    im->outputs[N - 1].next = 1;
    im->outputs[N - 1].size = 2;
}
static void size_too_great(image *im) {
    im->outputs[im->links[state_of(im, "hershe")].output - 1].size = 7;
}

static void test_refused_by_name(void **state) {
    (void)state;
    static const struct {
        void (*damage)(image *im);
        const char *message;
    } cases[] = {
        {bad_magic, "not an automaton"},
        {bad_version, "automaton of version 2, not 1"},
        {bad_size, "damaged automaton: its size is not what its header says"},
        {bad_reserved, "damaged automaton: its parts do not add up"},
        {odd_slots, "damaged automaton: its parts do not add up"},
        {no_slots, "damaged automaton: its parts do not add up"},
        {many_patterns, "damaged automaton: its parts do not add up"},
        {more_states, "damaged automaton: its states do not add up"},
        {longer, "damaged automaton: its states do not add up"},
        {base_outside, "damaged automaton: a state leads nowhere"},
        {fail_outside, "damaged automaton: a state leads nowhere"},
        {output_outside, "damaged automaton: a state leads nowhere"},
        {output_of_none, "damaged automaton: a state and its outputs disagree"},
        {end_of_none, "damaged automaton: a state and its outputs disagree"},
        {root_lacks_byte, "damaged automaton: its root lacks a byte"},
        {child_of_childless, "damaged automaton: a state that has no children has one"},
        {root_copy_ends, "damaged automaton: something ends at its root"},
        {root_ends, "damaged automaton: its root is missing"},
        {root_elsewhere, "damaged automaton: its root is missing"},
        {second_root, "damaged automaton: two states have the same children"},
        {shared_children, "damaged automaton: two states have the same children"},
        {own_prefix, "damaged automaton: a state is its own prefix"},
        {free_slot_with_children, "damaged automaton: a free slot has children"},
        {fail_to_itself, "damaged automaton: a suffix is not shorter"},
        {fail_to_free_slot, "damaged automaton: a suffix is not shorter"},
        {fail_in_circle, "damaged automaton: a suffix is not shorter"},
        {id_outside, "damaged automaton: an output leads nowhere"},
        {size_nothing, "damaged automaton: an output leads nowhere"},
        {next_to_itself, "damaged automaton: an output leads nowhere"},
        {next_outside, "damaged automaton: an output leads nowhere"},
        {next_is_longer, "damaged automaton: outputs are out of order"},
        {size_too_great, "damaged automaton: a pattern is longer than its state"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        image im = make_image();
        ac_error error;
        cases[i].damage(&im);
        seal(&im);
        if (try_image(&im, &error))
            fail_msg("accepted, not \"%s\"", cases[i].message);
        assert_string_equal(error.message, cases[i].message);
        assert_true(error.pattern == AC_NONE);
        free(im.data);
    }
}

static void test_recognised(void **state) {
    (void)state;
    image im = make_image();
    assert_true(ac_is_automaton(im.data, im.size));
    assert_true(ac_is_automaton(im.data, 8));
    assert_false(ac_is_automaton(im.data, 7));
    assert_false(ac_is_automaton("[\"an entry\"]", 12));
    assert_false(ac_is_automaton(NULL, 0));
    free(im.data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cut_short),          cmocka_unit_test(test_flipped_bits),
        cmocka_unit_test(test_flipped_and_sealed), cmocka_unit_test(test_shuffled_and_sealed),
        cmocka_unit_test(test_refused_by_name),    cmocka_unit_test(test_recognised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
