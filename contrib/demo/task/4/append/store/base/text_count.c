
size_t text_longest_line(const char *s, size_t n)
{
	size_t longest = 0, len = 0;

	for (size_t i = 0; i < n; i++) {
		len = s[i] == '\n' ? 0 : len + 1;
		longest = len > longest ? len : longest;
	}
	return longest;
}
