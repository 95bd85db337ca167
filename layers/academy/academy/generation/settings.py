"""Which models write and draw, and within which bounds. A change here is a release: prices and prompts belong to it."""

TEXT_MODEL = "claude-sonnet-5-5"
IMAGE_MODEL = "gpt-image-2.5-flare"

CONNECT_SECONDS = 5
TEXT_SECONDS = 230
"""For the answer to one call. A task may make two, reads and writes what it works on, and has 540."""

IMAGE_SECONDS = 120

OUTLINE_TOKENS = 12_000
LESSON_TOKENS = 20_000
"""The most that one answer may have, thinking included."""

LESSON_OUTPUT_TOKENS = 6_000
"""What a lesson usually takes."""

PICTURE_MICROS = 80_000
"""The most that a picture costs (medium quality: about 1,600 tokens at $30 a million)."""

LESSONS_AT_ONCE = 6
"""The Map's MaxConcurrency in course_generation.asl.json."""
