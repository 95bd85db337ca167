"""Web push: browsers that are told of something while nobody looks at the academy (RFC 8030, 8291, 8292)."""
