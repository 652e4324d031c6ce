/* Bytes of the longest line, its newline not counted. */
size_t text_longest_line(const char *s, size_t n);
