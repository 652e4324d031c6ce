/* Words: what white space separates. */
size_t text_count_words(const char *s, size_t n);
