"""Turn a school's files into a searchable library: discover → partition → normalise → classify → chunk → index."""
