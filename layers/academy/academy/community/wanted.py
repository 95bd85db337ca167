"""Who wants to be told of what, and when: pieces of SQL of a user `u` and their preferences `p` (outer-joined, so all of them may be null)."""

PREFERRING = "users u left join notification_preferences p on p.user_id = u.id"


def _spared(channel: str) -> str:
    """Whether the profile's older `notificationPreference` rules this channel out: a channel, a switch, or a switch for each channel.

    Who named one channel is not reached by the others; the list in the app they still open themselves.
    """
    chosen = "u.preferences -> 'notificationPreference'"
    return f"""coalesce(case jsonb_typeof({chosen})
            when 'boolean' then not ({chosen})::bool
            when 'string' then {chosen} #>> '{{}}' = 'none' or ({chosen} #>> '{{}}' not in ('all', {channel}) and {channel} <> 'in_app')
            when 'object' then not ({chosen} ->> {channel})::bool
        end, false)"""


def wanted(kind: str, channel: str, *, on: str, fixed: str) -> str:
    """A condition. The arguments are SQL; `on` and `fixed` say what holds of the kind by default, and whether it can be switched off at all."""
    return f"({fixed} or coalesce((p.switches -> {kind} ->> {channel})::bool, {on} and not {_spared(channel)}))"


def next_hour(at: str, hour: str) -> str:
    """The first time after `at` at which the user's clocks strike that hour; a clock that leaps over it strikes it when it has leapt."""
    local = f"({at} at time zone u.time_zone)"
    tomorrow = f"({local}::time >= make_time({hour}::int, 0, 0))::int"
    return f"((date_trunc('day', {local}) + make_interval(days => {tomorrow}, hours => {hour}::int)) at time zone u.time_zone)"


def after_quiet(at: str) -> str:
    """`at`, or the end of the quiet hours that it falls into."""
    local = f"({at} at time zone u.time_zone)"
    return f"""case when p.quiet_from is not null and (case when p.quiet_from < p.quiet_to
            then {local}::time >= p.quiet_from and {local}::time < p.quiet_to else {local}::time >= p.quiet_from or {local}::time < p.quiet_to end)
        then (date_trunc('day', {local}) + make_interval(days => ({local}::time >= p.quiet_to)::int) + p.quiet_to) at time zone u.time_zone
        else {at} end"""
