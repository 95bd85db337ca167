"""Talk among people: notifications now; forum, messages and announcements come with their routes."""
