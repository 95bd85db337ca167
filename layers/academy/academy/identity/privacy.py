"""Who may see what of a person: pieces of SQL about a row of `users`, which boards, badges and profiles share.

Somebody whose date of birth says that they are under age is hidden until they choose otherwise; whoever has not told it counts as of age.
A pseudonym stands where a name would, and nothing that leads to the person (id, picture, profile) stands beside it.
"""

OF_AGE = 18

_MINOR = f"u.born_on + interval '{OF_AGE} years' > current_date"

BOARD_VISIBILITY = f"coalesce(u.leaderboard_visibility, case when {_MINOR} then 'hidden' else 'named' end)"
"""named, pseudonym or hidden: what was chosen, or what goes without saying."""

PROFILE_VISIBILITY = f"coalesce(u.profile_visibility, case when {_MINOR} then 'private' else 'public' end)"
"""public or private, in the same way."""

_THERE = "u.status = 'active' and u.onboarded_at is not null"

LISTED = f"({_THERE} and {BOARD_VISIBILITY} <> 'hidden')"
"""May appear on leaderboards. Who is suspended, erased or not onboarded does not."""

SHOWN_NAME = f"case {BOARD_VISIBILITY} when 'named' then coalesce(u.full_name, u.username) else u.pseudonym end"
"""What others read on a leaderboard, of a listed `u`."""

SHOWN_ID = f"case when {BOARD_VISIBILITY} = 'named' then u.id end"
"""Where a name on a leaderboard may lead; null where a pseudonym is shown."""

TEACHES = f"({_THERE} and u.role <> 'student')"
"""Learners may know who teaches them, whatever else the person keeps to themselves."""

OPEN = f"({_THERE} and {PROFILE_VISIBILITY} = 'public')"
"""Others may see what the person has achieved."""
