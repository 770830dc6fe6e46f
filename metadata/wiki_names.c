/* Names are compared as MediaWiki does it, without regard to case (here of ASCII, Latin-1, Greek
 * and Cyrillic letters), underscores as spaces, spaces at the ends ignored. The built-in ones are
 * the local names of the large Wikipedias, for dumps and pieces of dumps without a <siteinfo>. */
#include "metadata/wiki_names.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define NAME_MAX_BYTES 64

static const char *const FILES[] = {"file",     "image",      "media",
                                    "файл",     "картинка",   "изображение",
                                    "медия",    "медиа",      "зображення",
                                    "выява",    "датотека",   "слика",
                                    "datei",    "bild",       "fichier",
                                    "archivo",  "imagen",     "ficheiro",
                                    "arquivo",  "imagem",     "immagine",
                                    "bestand",  "afbeelding", "plik",
                                    "grafika",  "soubor",     "súbor",
                                    "obrázek",  "obrázok",    "fil",
                                    "tiedosto", "kuva",       "fájl",
                                    "kép",      "fișier",     "datoteka",
                                    "slika",    "αρχείο",     "εικόνα",
                                    "vaizdas",  "attēls",     "pilt",
                                    "fitxer",   "imatge",     "fitxategi",
                                    "irudi",    "dosiero",    "dosya",
                                    "resim",    "tập tin",    "hình",
                                    "berkas",   "gambar",     "imej",
                                    "ファイル", "画像",       "文件",
                                    "图像",     "圖像",       "檔案",
                                    "파일",     "그림",       "ملف",
                                    "صورة",     "پرونده",     "تصویر",
                                    "קובץ",     "תמונה",      "चित्र",
                                    "ไฟล์",      "ภาพ",        "პატკერი",
                                    "ფაილი",    "պատկեր",     "ficheru",
                                    "mynd",     "kuvă",       "şəkil",
                                    "fayl",     "сурет",      "චිත්‍රය"};

static const char *const CATEGORIES[] = {
    "category",   "категория", "категорія",  "катэгорыя",  "категорија", "kategorie", "catégorie",
    "categoría",  "categoria", "categorie",  "kategoria",  "kategori",   "kategória", "luokka",
    "kategorija", "κατηγορία", "kategooria", "kategoriya", "kategorio",  "thể loại",  "カテゴリ",
    "分类",       "分類",      "분류",       "تصنيف",      "رده",        "קטגוריה",   "श्रेणी",
    "หมวดหมู่",     "კატეგორია", "կատեգորիա",  "санат",      "flokkur",    "catègoria"};

/* Short prefixes that look like a language's and are none. */
static const char *const NO_LANGUAGES[] = {"wp", "mw", "voy", "doi", "hdl", "wmf", "bug", "oed"};

static char *put(char *out, unsigned c) {
    if (c < 0x80) {
        *out++ = (char)c;
    } else {
        *out++ = (char)(0xC0 | c >> 6);
        *out++ = (char)(0x80 | (c & 0x3F));
    }
    return out;
}

static unsigned lower(unsigned c) {
    if ((c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7) ||
        (c >= 0x391 && c <= 0x3A9) || (c >= 0x410 && c <= 0x42F))
        return c + 0x20;
    return c >= 0x400 && c <= 0x40F ? c + 0x50 : c;
}

/* Folds a name into out, which has NAME_MAX_BYTES + 1 bytes; false when it is too long. Folding
 * keeps the size. */
static bool fold(mc_bytes name, char *out) {
    const char *p = name.data, *end = p + name.size;
    while (p < end && (*p == ' ' || *p == '_'))
        p++;
    while (p < end && (end[-1] == ' ' || end[-1] == '_'))
        end--;
    if (end - p > NAME_MAX_BYTES)
        return false;
    while (p < end) {
        unsigned c = (unsigned char)*p++;
        if ((c & 0xE0) == 0xC0 && c >= 0xC2 && p < end && ((unsigned char)*p & 0xC0) == 0x80)
            out = put(out, lower((c & 0x1F) << 6 | ((unsigned char)*p++ & 0x3F)));
        else
            *out++ = (char)(c == '_' ? ' ' : c < 0x80 ? lower(c) : c);
    }
    *out = '\0';
    return true;
}

static bool is_in(const char *const *list, size_t n, const char *name) {
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i], name) == 0)
            return true;
    return false;
}
#define IS_IN(list, name) is_in(list, sizeof list / sizeof *list, name)

/* "de", "war", "zh-min-nan", "simple" and the like, as they are written: in lower case. */
static bool is_language(mc_bytes prefix) {
    size_t part = 0, n_parts = 1;
    char name[NAME_MAX_BYTES + 1];
    if (prefix.size < 2 || prefix.size > 16)
        return false;
    for (size_t i = 0; i < prefix.size; i++) {
        if (prefix.data[i] == '-' && part >= 2) {
            n_parts++;
            part = 0;
        } else if (prefix.data[i] >= 'a' && prefix.data[i] <= 'z') {
            part++;
        } else {
            return false;
        }
    }
    if (part < 2)
        return false;
    memcpy(name, prefix.data, prefix.size);
    name[prefix.size] = '\0';
    if (n_parts > 1 || prefix.size <= 3)
        return !IS_IN(NO_LANGUAGES, name);
    return strcmp(name, "simple") == 0;
}

mc_wiki_name mc_wiki_names_find(const mc_wiki_names *names, mc_bytes prefix) {
    char name[NAME_MAX_BYTES + 1];
    if (!fold(prefix, name) || !*name)
        return MC_WIKI_NAME_OTHER;
    for (size_t at = 0; names && at < names->bytes.size;) {
        const char *known = names->bytes.data + at;
        if (strcmp(known + 1, name) == 0)
            return (mc_wiki_name)(*known - '0');
        at += strlen(known) + 1;
    }
    if (IS_IN(FILES, name))
        return MC_WIKI_NAME_FILE;
    if (IS_IN(CATEGORIES, name))
        return MC_WIKI_NAME_CATEGORY;
    return is_language(prefix) ? MC_WIKI_NAME_LANGUAGE : MC_WIKI_NAME_OTHER;
}

static const char *find(const char *p, const char *end, const char *what) {
    size_t size = strlen(what);
    for (; (size_t)(end - p) >= size; p++) {
        p = memchr(p, *what, (size_t)(end - p) - size + 1);
        if (!p)
            return NULL;
        if (memcmp(p, what, size) == 0)
            return p;
    }
    return NULL;
}

static mc_status add(mc_wiki_names *names, mc_wiki_name kind, mc_bytes name, mc_error *error) {
    char entry[NAME_MAX_BYTES + 2];
    if (!fold(name, entry + 1) || !entry[1])
        return MC_OK;
    entry[0] = (char)('0' + kind);
    return mc_buffer_append(&names->bytes, entry, strlen(entry) + 1, error);
}

mc_status mc_wiki_names_read(mc_wiki_names *names, mc_bytes dump, mc_error *error) {
    const char *p = dump.data, *end = p + dump.size;
    p = p ? find(p, end, "<namespaces>") : NULL;
    if (!p)
        return MC_OK;
    const char *stop = find(p, end, "</namespaces>");
    end = stop ? stop : end;
    while ((p = find(p, end, "<namespace key=\"")) != NULL) {
        p += strlen("<namespace key=\"");
        mc_wiki_name kind = MC_WIKI_NAME_OTHER;
        if (end - p > 3 && (memcmp(p, "6\"", 2) == 0 || memcmp(p, "-2\"", 3) == 0))
            kind = MC_WIKI_NAME_FILE;
        else if (end - p > 3 && memcmp(p, "14\"", 3) == 0)
            kind = MC_WIKI_NAME_CATEGORY;
        const char *name = memchr(p, '>', (size_t)(end - p));
        if (!name)
            break;
        const char *name_end = memchr(name, '<', (size_t)(end - name));
        if (kind != MC_WIKI_NAME_OTHER && name[-1] != '/' && name_end)
            MC_TRY(add(names, kind, (mc_bytes){name + 1, (size_t)(name_end - name) - 1}, error));
        p = name;
    }
    return MC_OK;
}

void mc_wiki_names_dispose(mc_wiki_names *names) {
    mc_buffer_dispose(&names->bytes);
}
