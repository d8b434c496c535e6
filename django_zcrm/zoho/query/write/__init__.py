"""Plans that write records, and the methods of record sets that run them."""
