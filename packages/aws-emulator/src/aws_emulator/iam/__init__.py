"""Who may do what: checks that services make before they act, and a record of the grants that allowed something."""
