"""Plans that read records, and the methods of record sets that run them."""
