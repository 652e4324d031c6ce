
size_t text_count_words(const char *s, size_t n)
{
	bool inside = false;
	size_t words = 0;

	for (size_t i = 0; i < n; i++) {
		bool blank = isspace((unsigned char)s[i]);

		words += !blank && !inside;
		inside = !blank;
	}
	return words;
}
