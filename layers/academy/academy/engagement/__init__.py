"""XP, badges, streaks and leaderboards: effort that shows."""
