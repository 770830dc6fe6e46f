/* Counts that others made: the lanes of the pipeline are the files, cut into chunks of whole lines.
 */
#include "metadata/ngrams.h"

#include <stdlib.h>
#include <string.h>

#include "base/pipeline.h"
#include "base/progress.h"
#include "io/source.h"
#include "metacurate/text.h"
#include "metadata/lost.h"
#include "metadata/ngram_counter.h"

enum { CHUNK = 1 << 20, LINE_MAX_SIZE = 1 << 16 };

typedef struct chunk {
    mc_buffer text;
    uint64_t first_line, first_offset; /* of the text in the file; lines from 0 */
    mc_ngram_totals totals;
    mc_buffer ledger;
} chunk;

typedef struct file {
    mc_source *source;
    mc_buffer rest;        /* of a line that is not whole yet */
    uint64_t line, offset; /* of what comes next */
    bool skip;             /* what comes next, up to the end of the line */
    uint64_t taken;
    mc_ngram_totals totals;
    mc_buffer ledger;
} file;

typedef struct run {
    const char *const *paths;
    file *files;
    mc_u128 *digests;
    mc_ngram_counter *counters;
    _Atomic size_t n_counters;
    const char *folder;
    uint64_t memory; /* a thread's */
    atomic_int *cancel;
    mc_progress progress;
} run;

static mc_status create_chunk(void *context, void **batch, mc_error *error) {
    (void)context;
    chunk *c;
    MC_TRY(mc_alloc(&c, 1, sizeof *c, error));
    *batch = c;
    return MC_OK;
}

static void free_chunk(void *context, void *batch) {
    (void)context;
    chunk *c = batch;
    if (!c)
        return;
    mc_buffer_dispose(&c->text);
    mc_buffer_dispose(&c->ledger);
    free(c);
}

static mc_status create_counter(void *context, void **scratch, mc_error *error) {
    run *r = context;
    mc_ngram_counter *counter = &r->counters[atomic_fetch_add(&r->n_counters, 1)];
    *scratch = counter;
    return mc_counter_init(counter, r->folder, r->memory, r->cancel, error);
}

static mc_status open_file(void *context, size_t lane, mc_error *error) {
    run *r = context;
    return mc_source_open_cancel(&r->files[lane].source, r->paths[lane], r->cancel, error);
}

static mc_status refuse(chunk *c, const char *path, uint64_t line, uint64_t offset,
                        const char *detail, mc_error *error) {
    if (c->totals.refused++ >= MC_LOST_LINES)
        return MC_OK;
    return mc_lost_put(&c->ledger, path, line, offset, "bad_count", detail, error);
}

/* What is left of a line that was cut or is too long is passed over. */
static void skip_line(file *f, mc_buffer *text, size_t from) {
    const char *end = memchr(text->data + from, '\n', text->size - from);
    size_t passed = end ? (size_t)(end - text->data) + 1 - from : text->size - from;
    memmove(text->data + from, text->data + from + passed, text->size - from - passed);
    text->size -= passed;
    f->offset += passed;
    f->skip = !end;
    f->line += !f->skip;
}

/* Text receives what is left of the line before, and what the source gives next. */
static mc_status read_more(const run *r, size_t lane, chunk *c, bool *ended, mc_error *error) {
    file *f = &r->files[lane];
    mc_error damage = {0};
    size_t got = 0, before = c->text.size;
    MC_TRY(mc_buffer_reserve(&c->text, CHUNK, error));
    mc_status status = mc_source_read(f->source, c->text.data + c->text.size, CHUNK, &got, &damage);
    if (status == MC_E_FORMAT) { /* the line before it is cut, and the first behind it may be */
        c->totals.lost++;
        MC_TRY(mc_lost_put(&c->ledger, r->paths[lane], f->line, f->offset + before, "damaged",
                           damage.message, error));
        c->text.size = 0;
        f->offset += before;
        f->skip = true;
        return MC_OK;
    }
    if (status < 0) {
        if (error)
            *error = damage;
        return status;
    }
    *ended = status == MC_END;
    c->text.size += got;
    if (f->skip && got > 0)
        skip_line(f, &c->text, before);
    return MC_OK;
}

/* Size of the whole lines that text begins with. */
static size_t whole_lines(const mc_buffer *text) {
    size_t size = text->size;
    while (size > 0 && text->data[size - 1] != '\n')
        size--;
    return size;
}

static mc_status read_lines(const run *r, size_t lane, chunk *c, mc_error *error) {
    file *f = &r->files[lane];
    bool ended = false;
    size_t size = 0;
    c->text.size = c->ledger.size = 0;
    c->totals = (mc_ngram_totals){0};
    MC_TRY(mc_buffer_append(&c->text, f->rest.data, f->rest.size, error));
    f->rest.size = 0;
    while (size == 0 && !ended) {
        MC_TRY(read_more(r, lane, c, &ended, error));
        size = ended ? c->text.size : whole_lines(&c->text);
        if (size == 0 && c->text.size > LINE_MAX_SIZE) {
            c->totals.lines++;
            MC_TRY(refuse(c, r->paths[lane], f->line, f->offset, "the line is too long", error));
            f->offset += c->text.size;
            c->text.size = 0;
            f->skip = true;
        }
    }
    c->first_line = f->line;
    c->first_offset = f->offset;
    f->offset += size;
    for (const char *at = c->text.data, *end = at + size;
         at < end && (at = memchr(at, '\n', (size_t)(end - at))); at++)
        f->line++;
    MC_TRY(mc_buffer_append(&f->rest, c->text.data + size, c->text.size - size, error));
    c->text.size = size;
    return ended && size == 0 && c->ledger.size == 0 ? MC_END : MC_OK;
}

static mc_status read_chunk(void *context, size_t lane, void *batch, mc_error *error) {
    run *r = context;
    file *f = &r->files[lane];
    mc_status status = read_lines(r, lane, batch, error);
    uint64_t taken = mc_source_taken(f->source);
    mc_progress_add(&r->progress, taken - f->taken, 0);
    f->taken = taken;
    if (status < 0)
        mc_error_place(error, r->paths[lane], MC_NONE, MC_NONE);
    return status;
}

/* White space at the ends, that of ASCII. */
static mc_bytes strip(mc_bytes text) {
    while (text.size > 0 && strchr(" \t\r\v\f", text.data[0]) && text.data[0])
        text = (mc_bytes){text.data + 1, text.size - 1};
    while (text.size > 0 && strchr(" \t\r\v\f", text.data[text.size - 1]) &&
           text.data[text.size - 1])
        text.size--;
    return text;
}

/* What comes before the mark, which *rest goes on behind; all of it where there is no mark. */
static mc_bytes cut(mc_bytes *rest, char mark) {
    const char *at = rest->size ? memchr(rest->data, mark, rest->size) : NULL;
    size_t size = at ? (size_t)(at - rest->data) : rest->size, passed = size + (at != NULL);
    mc_bytes part = {rest->data, size};
    *rest = (mc_bytes){rest->data + passed, rest->size - passed};
    return strip(part);
}

/* NULL, or why it is no count. */
static const char *parse_count(mc_bytes text, uint64_t *count) {
    *count = 0;
    if (text.size == 0)
        return "there is no count";
    if (text.size > 1 && text.data[0] == '-')
        return "the count is negative";
    for (size_t i = 0; i < text.size; i++) {
        unsigned digit = (unsigned)(unsigned char)text.data[i] - '0';
        if (digit > 9)
            return "the count is no number";
        if (*count > (UINT64_MAX - digit) / 10)
            return "the count is beyond 2^64 - 1";
        *count = *count * 10 + digit;
    }
    return NULL;
}

static bool is_word(mc_bytes word) {
    return word.size > 0 && word.size <= MC_WORD_MAX && !memchr(word.data, 0, word.size);
}

/* NULL, or why the line is refused. second is empty for a word alone. */
static const char *parse_line(mc_bytes line, mc_bytes *first, mc_bytes *second, uint64_t *count) {
    const char *wrong;
    *second = (mc_bytes){0};
    if (!mc_utf8_valid(line.data, line.size))
        return "the line is no UTF-8";
    if (memchr(line.data, '\t', line.size)) {
        if ((wrong = parse_count(cut(&line, '\t'), count)))
            return wrong;
        bool is_pair = memchr(line.data, '\t', line.size) != NULL;
        *first = cut(&line, '\t');
        if (is_pair) {
            *second = cut(&line, '\t');
            if (line.size > 0)
                return "there are more than two words";
            if (!is_word(*second))
                return "the second word is empty, too long or holds a NUL";
        }
    } else {
        line = strip(line);
        *first = cut(&line, ' ');
        line = strip(line);
        if (memchr(line.data, ' ', line.size))
            return "there is more than a word and a count";
        if ((wrong = parse_count(line, count)))
            return wrong;
    }
    return is_word(*first) ? NULL : "the word is empty, too long or holds a NUL";
}

static mc_status work(void *context, size_t lane, void *batch, void *scratch, mc_error *error) {
    const run *r = context;
    chunk *c = batch;
    const char *at = c->text.data, *end = at + c->text.size;
    for (uint64_t number = c->first_line; at < end; number++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        mc_bytes line = {at, (size_t)((stop ? stop : end) - at)}, first, second;
        uint64_t count, offset = c->first_offset + (uint64_t)(at - c->text.data);
        at = stop ? stop + 1 : end;
        c->totals.lines++;
        if (strip(line).size == 0)
            continue;
        const char *wrong = parse_line(line, &first, &second, &count);
        if (wrong)
            MC_TRY(refuse(c, r->paths[lane], number, offset, wrong, error));
        else if (count > 0)
            MC_TRY(mc_counter_add(scratch, first, second, count, error));
    }
    return MC_OK;
}

static mc_status note_chunk(void *context, size_t lane, void *batch, mc_error *error) {
    run *r = context;
    file *f = &r->files[lane];
    const chunk *c = batch;
    bool full = f->totals.refused >= MC_LOST_LINES;
    f->totals.lines += c->totals.lines;
    f->totals.refused += c->totals.refused;
    f->totals.lost += c->totals.lost;
    mc_progress_add(&r->progress, 0, c->totals.lines);
    if (full && c->totals.lost == 0)
        return MC_OK;
    return mc_buffer_append(&f->ledger, c->ledger.data, c->ledger.size, error);
}

static mc_status close_file(void *context, size_t lane, mc_status status, mc_error *error) {
    run *r = context;
    uint64_t size;
    if (status == MC_OK && r->digests)
        status = mc_source_digest(r->files[lane].source, &r->digests[lane], &size, error);
    else
        status = MC_OK;
    mc_source_close(r->files[lane].source);
    r->files[lane].source = NULL;
    mc_buffer_dispose(&r->files[lane].rest);
    return status;
}

static mc_status collect(const run *r, size_t n, mc_ngram_totals *totals, mc_buffer *ledger,
                         mc_error *error) {
    for (size_t i = 0; i < n; i++) {
        const file *f = &r->files[i];
        totals->lines += f->totals.lines;
        totals->refused += f->totals.refused;
        totals->lost += f->totals.lost;
        MC_TRY(mc_buffer_append(ledger, f->ledger.data, f->ledger.size, error));
    }
    return MC_OK;
}

mc_status mc_ngrams_read(mc_ngrams **out, const char *const *paths, size_t n,
                         const mc_ngram_options *options, mc_ngram_totals *totals,
                         mc_buffer *ledger, mc_u128 *digests, mc_error *error) {
    size_t n_threads = options->n_threads ? options->n_threads : mc_processor_count();
    uint64_t memory = mc_ngrams_memory(options);
    run r = {.paths = paths,
             .digests = digests,
             .folder = mc_ngrams_folder(options),
             .memory = memory / n_threads,
             .cancel = mc_control_cancel(options->control)};
    mc_pipeline pipeline = {.n_lanes = n,
                            .n_threads = n_threads,
                            .context = &r,
                            .cancel = r.cancel,
                            .batch_create = create_chunk,
                            .batch_free = free_chunk,
                            .scratch_create = create_counter,
                            .open = open_file,
                            .read = read_chunk,
                            .work = work,
                            .write = note_chunk,
                            .close = close_file};
    *out = NULL;
    *totals = (mc_ngram_totals){0};
    mc_progress_begin(&r.progress, options->control, MC_STAGE_BUILD, 0);
    mc_status status = MC_ALLOC(r.files, n, error);
    if (status == MC_OK)
        status = MC_ALLOC(r.counters, n_threads, error);
    if (status == MC_OK)
        status = mc_pipeline_run(&pipeline, error);
    if (status == MC_OK)
        status = collect(&r, n, totals, ledger, error);
    if (status == MC_OK)
        status =
            mc_counters_merge(out, r.counters, r.n_counters, r.folder, memory, r.cancel, error);
    for (size_t i = 0; i < r.n_counters; i++)
        mc_counter_dispose(&r.counters[i]);
    for (size_t i = 0; r.files && i < n; i++) {
        mc_buffer_dispose(&r.files[i].rest);
        mc_buffer_dispose(&r.files[i].ledger);
    }
    free(r.counters);
    free(r.files);
    return status;
}
