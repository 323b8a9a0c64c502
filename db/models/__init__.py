"""The tables, one file for each. Every module here is found automatically; there is no list of them."""
