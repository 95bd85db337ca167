"""What the academy can carry and what it costs, computed from the template, a model of its use and written-down prices."""
