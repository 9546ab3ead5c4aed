"""Pure values shared by the record: who acts."""
