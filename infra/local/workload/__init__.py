"""`petshop`: a small application to break and to mend in a local AWS."""
