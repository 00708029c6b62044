"""Who there is: columns with units, and what each kind of agent decides."""
